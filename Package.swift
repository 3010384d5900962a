// swift-tools-version: 6.2
import PackageDescription

/// With `ZOO_ENGINE` set, only what needs no package of others is there: neither the network nor the command. The sanitizers and the fuzzer
/// build everything with flags of their own, and so have little to build. With the value `fuzz`, the guided fuzzer is there too.
let engine = Context.environment["ZOO_ENGINE"]

/// The model families: one word per family, one folder `Plugins/<word>`, one target `Zoo<word>`.
///
/// `Plugins/` is also SwiftPM's default folder for build plugins, so every family target names its `path:`. The folder is not listed
/// from here on purpose: the manifest cache ignores directory contents, so a new folder would go unseen.
let families = ["BERT", "ViT"]

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func library(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

/// Fixtures are found beside their test's source file, so they are no resources.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

let familyTargets = families.map { library("Zoo\($0)", path: "Plugins/\($0)", ["ModelZoo", "ZooNN", "ZooTensor"]) }
let familyDependencies = families.map { Target.Dependency.target(name: "Zoo\($0)") }

let package = Package(
    name: "ModelZoo",
    products: [
        .executable(name: "zoo", targets: ["zoo"]),
        .library(name: "ModelZoo", targets: ["ModelZoo", "ZooNN", "ZooTensor"]),
        .library(name: "ZooHub", targets: ["ZooHub"]),
        .library(name: "ZooTraining", targets: ["ZooTraining"]),
        .library(name: "ZooCommands", targets: ["ZooCommands"]),
        .library(name: "ZooTesting", targets: ["ZooTesting"]),
    ] + families.map { .library(name: "Zoo\($0)", targets: ["Zoo\($0)"]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    ],
    targets: [
        // Libraries of the system.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),

        // The engine, bottom up.
        .target(name: "CKernels"),
        .target(name: "CImages", dependencies: ["CJPEG", "CPNG", "CWebP"], linkerSettings: [.linkedLibrary("z")]),
        library("ZooTensor", ["CKernels", "COpenBLAS"]),
        library("ZooNN", ["ZooTensor", "CKernels"]),
        library(
            "ModelZoo",
            ["ZooNN", "ZooTensor", "CKernels", "CImages", "CArchive", "COpenSSL"]),
        .target(
            name: "ZooCatalogue", path: "zoo", exclude: ["data"], resources: [.embedInCode("catalog.json")], swiftSettings: settings),
        library(
            "ZooHub",
            [
                "ZooCatalogue", "ModelZoo", "ZooTensor", "COpenSSL",
                .product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        library("ZooTraining", ["ModelZoo", "ZooNN", "ZooTensor"]),
        library("ZooTesting", ["ModelZoo", "ZooNN", "ZooTensor"]),
        library(
            "ZooCommands",
            ["ZooTraining", "ZooHub", "ModelZoo", "ZooNN", "ZooTensor", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    ] + familyTargets + [
        .executableTarget(name: "zoo", dependencies: ["ZooCommands", "ModelZoo"] + familyDependencies, swiftSettings: settings),

        // What the tests of several targets share.
        .target(
            name: "ZooTestSupport", dependencies: ["ModelZoo", "ZooNN", "ZooTensor"], path: "Tests/Support", swiftSettings: settings),
        tests("ZooTensorTests", ["ZooTestSupport", "ZooTensor"]),
        .target(name: "KernelVariants", dependencies: ["CKernels"], path: "Tests/KernelVariants", exclude: ["variant.inc"]),
        tests("ZooNNTests", ["ZooNN", "ZooTensor", "CKernels", "KernelVariants"]),
        tests("ModelZooTests", ["ModelZoo", "ZooTestSupport", "ZooNN", "ZooTensor"], exclude: ["Fixtures"]),
        .testTarget(
            name: "ZooHubTests",
            dependencies: [
                "ZooHub", "zoo", "ZooTestSupport", "ZooTesting", "ZooBERT", "ModelZoo", "ZooTensor",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/ZooHubTests", exclude: ["Fixtures"], swiftSettings: settings),
        tests("BERTTests", ["ZooBERT", "ZooTestSupport", "ZooTesting", "ModelZoo", "ZooNN", "ZooTensor"], exclude: ["Fixtures"]),
        tests("ViTTests", ["ZooViT", "ZooTestSupport", "ZooTesting", "ModelZoo", "ZooNN", "ZooTensor"], exclude: ["Fixtures"]),
        tests("ZooTrainingTests", ["ZooTraining", "ZooTestSupport", "ZooTesting", "ZooBERT", "ZooViT", "ModelZoo", "ZooNN", "ZooTensor"]),
        tests(
            "ZooCommandsTests",
            ["ZooCommands", "zoo", "zoo-fuzz", "ZooTestSupport", "ZooTesting", "ZooBERT", "ZooViT", "ModelZoo", "ZooNN", "ZooTensor"]),

        // Programs for development: fuzzing, comparison with the reference, and the listing in the README, which must compile.
        .target(
            name: "ZooFuzz", dependencies: ["ZooBERT", "ZooViT", "ZooHub", "ModelZoo", "ZooNN", "ZooTensor"], path: "Tests/Fuzz/Targets",
            swiftSettings: settings),
        .executableTarget(name: "zoo-fuzz", dependencies: ["ZooFuzz"], path: "Tests/Fuzz/Mutating", swiftSettings: settings),
        .executableTarget(
            name: "zoo-parity", dependencies: ["ZooBERT", "ZooViT", "ZooTraining", "ModelZoo", "ZooNN", "ZooTensor"],
            path: "Tests/Parity/Sources", swiftSettings: settings),
        .executableTarget(
            name: "ReadmeExample", dependencies: ["ZooBERT", "ZooTraining", "ModelZoo"], path: "Tests/ReadmeExample",
            swiftSettings: settings),
    ],
    cLanguageStandard: .c11
)

if let engine {
    let outside: Set = ["ZooCommands", "zoo", "ZooHubTests", "ZooCommandsTests", "zoo-parity", "ReadmeExample"]
    package.dependencies = []
    package.products = []
    package.targets.removeAll { outside.contains($0.name) }
    for target in package.targets {
        target.dependencies.removeAll { if case .productItem = $0 { true } else { false } }
        guard target.name == "ZooHub" else { continue }
        target.exclude.append("Network/HTTPTransport.swift")
        target.swiftSettings?.append(.define("ZOO_WITHOUT_NETWORK"))
    }
    if engine == "fuzz" {
        // Its `main` is libFuzzer's, which `--sanitize fuzzer` links.
        package.targets.append(
            .executableTarget(name: "zoo-fuzz-guided", dependencies: ["ZooFuzz"], path: "Tests/Fuzz/Guided", swiftSettings: settings))
    }
}
