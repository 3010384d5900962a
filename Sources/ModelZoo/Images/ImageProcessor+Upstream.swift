import ZooTensor

extension ImageProcessor {
    /// The file of `transformers`.
    static let fileName = "preprocessor_config.json"

    /// A key of our own for what upstream's files cannot tell: how timm shares out an odd number of pixels.
    private static let roundingKey = "crop_rounding"

    /// The largest edge of what a model sees.
    static let largestEdge = 8192

    /// The preparation that belongs to a model: from its `preprocessor_config.json`, from timm's `pretrained_cfg` in its `config.json`, or
    /// else the given one.
    ///
    /// - Throws: `ModelError.configuration` naming the key.
    public init(_ assets: Assets, otherwise standard: ImageProcessor) throws {
        if assets.contains(Self.fileName) {
            try self.init(preprocessor: assets.json(Self.fileName), file: assets.label(Self.fileName), standard: standard)
            return
        }
        let configuration = try assets.json("config.json")
        if let settings = configuration["pretrained_cfg"], settings.object != nil {
            try self.init(timm: settings, file: assets.label("config.json"), standard: standard)
        } else {
            self = standard
        }
    }

    // MARK: transformers

    /// Follows a `preprocessor_config.json`.
    ///
    /// Sizes come as one number, as height and width, or as the shortest edge; older files leave switches out, which then have their old
    /// values.
    init(preprocessor json: JSON, file: String, standard: ImageProcessor) throws {
        let values = try ConfigurationReader(json, file: file)
        self = standard
        // Files of before 2022 name the class `feature_extractor_type`, and a number meant both edges but for CLIP.
        let type = json["image_processor_type"]?.string ?? json["feature_extractor_type"]?.string ?? ""
        let isShortestEdge = ["CLIP", "Bit", "ConvNext"].contains(where: type.hasPrefix)
        if try values.bool("do_resize", default: true) {
            resize = try Self.resize(values, isShortestEdge: isShortestEdge) ?? standard.resize
        } else {
            resize = nil
        }
        if let value = json["resample"], value != .null {
            guard let number = value.integer, let known = ResamplingFilter(rawValue: number) else {
                throw ModelError.configuration(
                    file: file, key: "resample", expected: "a number from 0 to 5 (Pillow's filters)", found: value.text)
            }
            filter = known
        }
        let hasCrop = try values.bool("do_center_crop", default: json["crop_size"] != nil && json["crop_size"] != .null)
        crop = hasCrop ? try Self.size("crop_size", json["crop_size"], file: file) ?? outputSize : nil
        if json[Self.roundingKey]?.string == "half_even" { cropRounding = .toEven }
        let hasShare = type.hasPrefix("ConvNext") || (json["crop_pct"] ?? .null) != .null
        if hasShare, case .shortestEdge(let edge)? = resize, !hasCrop {
            // ConvNeXt: below 384 the shorter edge is resized to edge / share, and the middle is cut out; else all is squeezed.
            let share = try values.number("crop_pct", default: 0.875, in: 0.05...1)
            if edge < 384 {
                resize = .shortestEdge(Int(Double(edge) / share))
                crop = Size(width: edge, height: edge)
            } else {
                resize = .exact(Size(width: edge, height: edge))
            }
        }
        rescaleFactor = try values.bool("do_rescale", default: true) ? values.number("rescale_factor", default: 1 / 255, in: 1e-6...1) : 1
        if try values.bool("do_normalize", default: true) {
            mean = try Self.channels(values, "image_mean", standard.mean, in: -1000...1000)
            standardDeviation = try Self.channels(values, "image_std", standard.standardDeviation, in: 1e-6...1000)
        } else {
            mean = [0, 0, 0]
            standardDeviation = [1, 1, 1]
        }
        for key in ["do_pad", "do_reduce_labels"] where json[key] == .bool(true) {
            throw ModelError.configuration(
                file: file, key: key, expected: "false (it is for other tasks than classification)", found: "true")
        }
    }

    private static func resize(_ values: ConfigurationReader, isShortestEdge: Bool) throws -> Resize? {
        let value = values.json["size"]
        if let edge = value?["shortest_edge"] {
            return .shortestEdge(try Self.edge("size.shortest_edge", edge, file: values.file))
        }
        if isShortestEdge, let value, value.object == nil, value != .null, value.array == nil {
            return .shortestEdge(try Self.edge("size", value, file: values.file))
        }
        return try size("size", value, file: values.file).map { .exact($0) }
    }

    private static func edge(_ key: String, _ value: JSON, file: String) throws -> Int {
        guard let number = value.integer, (1...largestEdge).contains(number) else {
            throw ModelError.configuration(
                file: file, key: key, expected: "a whole number from 1 to \(largestEdge)", found: printable(value.text, limit: 60))
        }
        return number
    }

    /// A size as one number, as width and height, or as an object of height and width.
    private static func size(_ key: String, _ value: JSON?, file: String) throws -> Size? {
        switch value {
        case nil, .null?: return nil
        case .integer?, .number?:
            let edge = try value.map { try Self.edge(key, $0, file: file) } ?? 1
            return Size(width: edge, height: edge)
        case .array(let items)? where items.count == 2:
            return Size(width: try edge(key, items[0], file: file), height: try edge(key, items[1], file: file))
        case let value?:
            guard let height = value["height"], let width = value["width"] else {
                throw ModelError.configuration(
                    file: file, key: key, expected: "a number, or an object with height and width, or with shortest_edge",
                    found: printable(value.text, limit: 60))
            }
            return Size(width: try edge(key + ".width", width, file: file), height: try edge(key + ".height", height, file: file))
        }
    }

    private static func channels(_ values: ConfigurationReader, _ key: String, _ standard: [Double], in range: ClosedRange<Double>) throws
        -> [Double]
    {
        guard let value = values.json[key], value != .null else { return standard }
        let numbers = value.array?.compactMap(\.number) ?? value.number.map { [$0, $0, $0] } ?? []
        guard numbers.count == 3, value.array?.count ?? 3 == 3, numbers.allSatisfy(range.contains) else {
            throw ModelError.configuration(
                file: values.file, key: key, expected: "three numbers from \(range.lowerBound) to \(range.upperBound)",
                found: printable(value.text, limit: 60))
        }
        return numbers
    }

    // MARK: timm

    /// Follows timm's `pretrained_cfg`: the shorter edge is resized to the input's size divided by `crop_pct`, and the middle is cut out.
    init(timm json: JSON, file: String, standard: ImageProcessor) throws {
        let values = try ConfigurationReader(json, file: file)
        self = standard
        let size: Size
        switch json["input_size"]?.array {
        case let items? where items.count == 3 && items[0].integer == 3:
            size = Size(
                width: try Self.edge("pretrained_cfg.input_size", items[2], file: file),
                height: try Self.edge("pretrained_cfg.input_size", items[1], file: file))
        case nil where json["input_size"] == nil: size = standard.outputSize ?? Size(width: 224, height: 224)
        default:
            throw ModelError.configuration(
                file: file, key: "pretrained_cfg.input_size", expected: "[3, height, width]", found: json["input_size"]?.text ?? "nothing")
        }
        if let name = json["interpolation"]?.string {
            guard let known = ResamplingFilter(name: name) else {
                throw ModelError.configuration(
                    file: file, key: "pretrained_cfg.interpolation",
                    expected: "one of " + ResamplingFilter.allCases.map(\.name).joined(separator: ", "), found: printable(name))
            }
            filter = known
        }
        let share = try values.number("crop_pct", default: 0.875, in: 0.05...1)
        let mode = json["crop_mode"]?.string ?? "center"
        cropRounding = .toEven
        switch mode {
        case "center":
            guard size.width == size.height else {
                throw ModelError.configuration(
                    file: file, key: "pretrained_cfg.crop_mode", expected: "squash for a size that is not square", found: mode)
            }
            resize = .shortestEdge(Int((Double(size.width) / share).rounded(.down)))
            crop = size
        case "squash":
            resize = .exact(
                Size(
                    width: Int((Double(size.width) / share).rounded(.down)), height: Int((Double(size.height) / share).rounded(.down))))
            crop = size
        default:
            throw ModelError.configuration(
                file: file, key: "pretrained_cfg.crop_mode", expected: "center or squash", found: printable(mode))
        }
        rescaleFactor = 1 / 255
        mean = try Self.channels(values, "mean", [0.485, 0.456, 0.406], in: -1000...1000)
        standardDeviation = try Self.channels(values, "std", [0.229, 0.224, 0.225], in: 1e-6...1000)
    }

    // MARK: writing

    /// The preparation as a `preprocessor_config.json` of `transformers`.
    var json: JSON {
        func text(_ size: Size) -> JSON { .object(["height": .integer(size.height), "width": .integer(size.width)]) }
        var object: JSONObject = [
            "image_processor_type": .string("ViTImageProcessor"), "do_resize": .bool(resize != nil), "resample": .integer(filter.rawValue),
            "do_rescale": .bool(true), "rescale_factor": .number(rescaleFactor), "do_normalize": .bool(true),
            "image_mean": .array(mean.map { .number($0) }), "image_std": .array(standardDeviation.map { .number($0) }),
        ]
        switch resize {
        case .exact(let size)?: object["size"] = text(size)
        case .shortestEdge(let edge)?: object["size"] = .object(["shortest_edge": .integer(edge)])
        case nil: break
        }
        if let crop {
            if cropRounding == .toEven { object[Self.roundingKey] = .string("half_even") }
            // ViT's class upstream does not crop; this one does both.
            object["image_processor_type"] = .string("BitImageProcessor")
            object["do_center_crop"] = .bool(true)
            object["crop_size"] = text(crop)
        }
        return .object(object)
    }
}
