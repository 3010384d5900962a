import Synchronization
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A web server in this process that answers byte by byte what a test wants: wrong, late, too much, or not at all.
final class FaultServer: Sendable {
    /// What a client asks for.
    struct Request: Sendable {
        let path: String
        /// Names in lower case.
        let headers: [String: String]
        /// Counts all requests from 1.
        let number: Int

        /// The first and last byte that are asked for.
        var range: ClosedRange<Int>? {
            guard let text = headers["range"], text.hasPrefix("bytes=") else { return nil }
            let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
            return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
        }
    }

    /// One step of an answer.
    enum Step: Sendable {
        case bytes([UInt8])
        case pause(milliseconds: Int)
        /// The connection is torn down at once.
        case reset
        /// The connection ends.
        case close
    }

    typealias Handler = @Sendable (Request) -> [Step]

    /// `http://127.0.0.1:port`.
    let address: String
    private let listener: Int32
    private let log = Mutex<[Request]>([])
    private let handler: Mutex<Handler>

    /// Begins to answer.
    init(_ handler: @escaping Handler) throws {
        self.handler = Mutex(handler)
        let socketNumber = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(socketNumber, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socketNumber, $0, length) == 0 && getsockname(socketNumber, $0, &length) == 0
            }
        }
        guard bound, listen(socketNumber, 64) == 0 else { throw FileError.system("listen", "127.0.0.1") }
        listener = socketNumber
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        let box = Unmanaged.passRetained(Box(self))
        Self.thread {
            let box = box.takeRetainedValue()
            while true {
                let connection = accept(socketNumber, nil, nil)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    return
                }
                guard let server = box.server else {
                    close(connection)
                    return
                }
                Self.thread { server.serve(connection) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// All requests so far.
    var requests: [Request] { log.withLock { $0 } }

    /// Answers otherwise from now on.
    func answer(_ handler: @escaping Handler) { self.handler.withLock { $0 = handler } }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var one: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        while let (path, headers) = Self.readHead(connection) {
            let request = log.withLock { log in
                let request = Request(path: path, headers: headers, number: log.count + 1)
                log.append(request)
                return request
            }
            for step in handler.withLock({ $0 })(request) {
                switch step {
                case .bytes(let bytes): if !Self.send(connection, bytes) { return }
                case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
                case .reset:
                    var now = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
                    return
                case .close: return
                }
            }
        }
    }

    private static func readHead(_ connection: Int32) -> (path: String, headers: [String: String])? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let count = recv(connection, &byte, 1, 0)
            if count < 0 && errno == EINTR { continue }
            guard count == 1, bytes.count < 1 << 16 else { return nil }
            bytes.append(byte)
        }
        return parse(bytes)
    }

    /// The path and the fields of the beginning of a request.
    static func parse(_ bytes: [UInt8]) -> (path: String, headers: [String: String])? {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
        }
        return (words[1], headers)
    }

    private static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private final class Box: Sendable {
        private let reference: WeakReference
        var server: FaultServer? { reference.value.withLock { $0.server } }
        init(_ server: FaultServer) { reference = WeakReference(server) }
    }

    private struct Weak { weak var server: FaultServer? }

    private final class WeakReference: Sendable {
        let value: Mutex<Weak>
        init(_ server: FaultServer) { value = Mutex(Weak(server: server)) }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var handle = pthread_t()
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        pthread_create(
            &handle, nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, work)
        pthread_detach(handle)
    }

    // MARK: answers

    /// The beginning of an answer.
    static func head(_ status: Int, _ fields: [(String, String)]) -> [UInt8] {
        Array(("HTTP/1.1 \(status) X\r\n" + fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n").utf8)
    }

    /// An answer without a file.
    static func status(_ status: Int, _ fields: [(String, String)] = []) -> [Step] {
        [.bytes(head(status, fields + [("Content-Length", "0")]))]
    }

    /// A file as a good server gives it: the part that is asked for, or all of it.
    ///
    /// - Parameters:
    ///   - tag: the entity tag.
    ///   - givesRanges: whether parts are given.
    static func file(_ bytes: [UInt8], _ request: Request, tag: String? = "\"1\"", givesRanges: Bool = true) -> [Step] {
        let tags = tag.map { [("ETag", $0)] } ?? []
        let isSame = request.headers["if-range"].map { $0 == tag } ?? true
        guard givesRanges, isSame, let range = request.range else {
            return [.bytes(head(200, tags + [("Content-Length", "\(bytes.count)")]) + bytes)]
        }
        guard range.lowerBound < bytes.count else { return status(416, [("Content-Range", "bytes */\(bytes.count)")]) }
        let part = bytes[range.lowerBound...min(range.upperBound, bytes.count - 1)]
        let fields = [
            ("Content-Length", "\(part.count)"), ("Content-Range", "bytes \(part.startIndex)-\(part.endIndex - 1)/\(bytes.count)"),
        ]
        return [.bytes(head(206, tags + fields) + part)]
    }
}
