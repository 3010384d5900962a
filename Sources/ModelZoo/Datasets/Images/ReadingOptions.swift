/// What the caller of ``DatasetReader`` asks for.
struct ReadingOptions {
    var columns = Columns()
    var header = true
    var dialect = TableDialect()
    /// The classes of a trained model, in its order.
    var labels: [String]?
    var requiresLabels = true
    /// Whether rows whose image is not there or not followed are left out instead of being an error.
    var skipsMissing = false
    var limits = ImageSetLimits()
    var progress: ((_ done: Int, _ total: Int) -> Void)?
}
