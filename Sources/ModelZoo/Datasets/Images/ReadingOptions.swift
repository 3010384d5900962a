/// What the caller of ``DatasetReader`` asks for.
struct ReadingOptions {
    var columns = Columns()
    var header = true
    /// The classes of a trained model, in its order.
    var labels: [String]?
    var requiresLabels = true
    var limits = ImageSetLimits()
    var progress: ((_ done: Int, _ total: Int) -> Void)?
}
