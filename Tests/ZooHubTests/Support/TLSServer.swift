import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import ZooTesting

/// A web server in this process that speaks TLS, with one of the certificates in `Fixtures/certificates`.
final class TLSServer: Sendable {
    /// `https://localhost:port`.
    let address: String
    private let channel: any Channel

    /// The folder of the certificates.
    static let certificates =
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        + "/Fixtures/certificates"

    /// Begins to answer.
    ///
    /// - Parameters:
    ///   - certificate: the name of a file without `.pem`.
    ///   - handler: answers; only bytes are sent.
    init(_ certificate: String, _ handler: @escaping FaultServer.Handler) throws {
        let chain = try NIOSSLCertificate.fromPEMFile("\(Self.certificates)/\(certificate).pem").map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: "\(Self.certificates)/key.pem", format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: context), Answerer(handler))
                }
            }.bind(host: "127.0.0.1", port: 0).wait()
        address = "https://localhost:\(channel.localAddress?.port ?? 0)"
    }

    deinit { channel.close(promise: nil) }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let handler: FaultServer.Handler
        private var received: [UInt8] = []
        private var count = 0

        init(_ handler: @escaping FaultServer.Handler) { self.handler = handler }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += Array(unwrapInboundIn(data).readableBytesView)
            guard received.suffix(4).elementsEqual([13, 10, 13, 10]), let (path, headers) = FaultServer.parse(received) else { return }
            received = []
            count += 1
            for case .bytes(let bytes) in handler(FaultServer.Request(path: path, headers: headers, number: count)) {
                context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            }
            context.flush()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
