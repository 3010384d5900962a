internal import CKernels

/// Activation functions under the names of upstream configurations.
public enum Activation: String, Sendable, Hashable, CaseIterable {
    /// The function itself.
    case identity
    /// x Φ(x), exact (Hendrycks and Gimpel, 2016).
    case gelu
    /// GELU's tanh approximation, as in GPT-2.
    case geluNew = "gelu_new"
    /// The same approximation under PyTorch's name.
    case geluPyTorchTanh = "gelu_pytorch_tanh"
    /// max(x, 0).
    case relu
    case tanh
    /// x σ(x).
    case silu
    /// SiLU under its other name.
    case swish
    /// x σ(1.702 x), as in CLIP.
    case quickGELU = "quick_gelu"

    var code: Int32 {
        switch self {
        case .identity: Int32(ZK_IDENTITY.rawValue)
        case .gelu: Int32(ZK_GELU.rawValue)
        case .geluNew, .geluPyTorchTanh: Int32(ZK_GELU_TANH.rawValue)
        case .relu: Int32(ZK_RELU.rawValue)
        case .tanh: Int32(ZK_TANH.rawValue)
        case .silu, .swish: Int32(ZK_SILU.rawValue)
        case .quickGELU: Int32(ZK_QUICK_GELU.rawValue)
        }
    }
}
