/// A contiguous block of `Float32` in row-major order. A value type: copies share memory until one of them is written.
public struct Tensor: Sendable {
    /// The dimensions.
    public let shape: Shape
    var storage: Storage
    let offset: Int

    /// Memory from the pool with undefined contents, for an operation that writes every element.
    ///
    /// - Parameter capacity: the least number of elements to reserve; a larger value than the shape needs lets buffers of varying batches
    ///   fall into one size class.
    public init(uninitialized shape: Shape, capacity: Int = 0) {
        self.shape = shape
        storage = Storage(byteCount: max(shape.count, capacity) * MemoryLayout<Float>.stride)
        offset = 0
    }

    /// Memory whose size is decided by inputs or files.
    ///
    /// - Parameters:
    ///   - purpose: what it is for, as an error tells it.
    ///   - capacity: see ``init(uninitialized:capacity:)``.
    ///   - zeroed: whether all elements are 0; else they are undefined, for an operation that writes every element.
    ///   - lasting: for what stays over many steps.
    /// - Throws: `OutOfMemoryError` when the system has no more.
    public init(
        allocating shape: Shape, for purpose: String, capacity: Int = 0, zeroed: Bool = false, lasting: Bool = false
    ) throws(OutOfMemoryError) {
        let (byteCount, overflow) = max(shape.count, capacity).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        if overflow { throw OutOfMemoryError(byteCount: .max, purpose: purpose) }
        self.shape = shape
        storage = try Storage(allocating: byteCount, for: purpose, zeroed: zeroed, lasting: lasting)
        offset = 0
    }

    /// A view of storage.
    ///
    /// - Parameter byteOffset: where the first element lies; a multiple of 4.
    public init(_ storage: Storage, byteOffset: Int = 0, shape: Shape) {
        precondition(byteOffset >= 0 && byteOffset % 4 == 0 && (UInt(bitPattern: storage.base) % 4) == 0)
        precondition(byteOffset + shape.count * 4 <= storage.byteCount)
        self.shape = shape
        self.storage = storage
        offset = byteOffset / 4
    }

    /// All elements 0, for what stays over many steps, as an optimizer's state. The memory is fresh from the system; large tensors take up
    /// physical memory only where they are written.
    public init(zeros shape: Shape) {
        self.shape = shape
        storage = Storage(byteCount: shape.count * MemoryLayout<Float>.stride, zeroed: true, lasting: true)
        offset = 0
    }

    /// All elements equal.
    public init(repeating value: Float, _ shape: Shape) {
        self.init(uninitialized: shape)
        withMutableElements { $0.update(repeating: value) }
    }

    /// The given elements.
    public init(_ elements: [Float], _ shape: Shape) {
        precondition(elements.count == shape.count, "\(elements.count) elements for shape \(shape)")
        self.init(uninitialized: shape)
        withMutableElements { _ = $0.update(from: elements) }
    }

    /// The number of elements.
    public var count: Int { shape.count }

    /// The number of elements that its memory holds, at least ``count``.
    package var capacity: Int { storage.byteCount / MemoryLayout<Float>.stride - offset }

    /// The number of rows when all but the last axis are taken together.
    public var rows: Int { shape.rows }

    /// The length of the last axis.
    public var columns: Int { shape.columns }

    /// The elements in row-major order.
    public var elements: [Float] { withElements { Array($0) } }

    /// Tells whether two tensors share memory: for tests that nothing was copied.
    public var storageIdentity: ObjectIdentifier { ObjectIdentifier(storage) }

    /// The same elements under another shape of equal count.
    public func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.count == count, "reshape \(self.shape) to \(shape)")
        return Tensor(storage, byteOffset: offset * 4, shape: shape)
    }

    /// A part of the elements as a tensor of its own that shares the memory.
    ///
    /// - Parameter start: the first element.
    package func part(from start: Int, shape: Shape) -> Tensor {
        precondition(start >= 0 && start + shape.count <= count, "a part beyond the end of \(self.shape)")
        return Tensor(storage, byteOffset: (offset + start) * MemoryLayout<Float>.stride, shape: shape)
    }

    /// Reads the elements.
    public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Float>) throws(E) -> R) throws(E) -> R {
        try body(UnsafeBufferPointer(start: pointer, count: count))
    }

    /// Writes the elements. Copies them first when the memory is shared or belongs to a file.
    public mutating func withMutableElements<R, E: Error>(_ body: (UnsafeMutableBufferPointer<Float>) throws(E) -> R) throws(E) -> R {
        makeUnique()
        return try body(UnsafeMutableBufferPointer(start: mutablePointer, count: count))
    }

    /// True when writing would not copy.
    public mutating func isUnique() -> Bool {
        isKnownUniquelyReferenced(&storage) && !storage.isReadOnly
    }

    /// Makes the memory this tensor's own.
    public mutating func makeUnique() {
        if isUnique() { return }
        self = copy()
    }

    /// A tensor with memory of its own and the same elements.
    public func copy() -> Tensor {
        let result = Tensor(uninitialized: shape)
        result.mutablePointer.update(from: pointer, count: count)
        return result
    }

    /// Whether no element is NaN or infinite.
    public var isFinite: Bool {
        areFinite(pointer, count: count)
    }

    /// The watch of the file that the elements lie in, if they do.
    package var watch: FileWatch? { storage.watch }

    /// A copy for what stays over many steps, as weights do.
    package func lastingCopy() -> Tensor {
        let result = Tensor(Storage(byteCount: max(count, 1) * MemoryLayout<Float>.stride, lasting: true), shape: shape)
        result.mutablePointer.update(from: pointer, count: count)
        return result
    }

    /// The first element. The caller keeps the tensor alive while it uses the pointer.
    package var pointer: UnsafePointer<Float> { UnsafePointer(mutablePointer) }

    /// The first element, for operations that fill a tensor that they have just made. The caller keeps the tensor alive meanwhile.
    package var mutablePointer: UnsafeMutablePointer<Float> {
        storage.base.assumingMemoryBound(to: Float.self) + offset
    }
}

/// Whether none of some numbers is NaN or infinite.
package func areFinite(_ numbers: UnsafePointer<Float>, count: Int) -> Bool {
    // The greatest exponent of all: a loop that becomes vector code.
    var greatest: UInt32 = 0
    for index in 0..<count { greatest = max(greatest, numbers[index].bitPattern & 0x7f80_0000) }
    return greatest < 0x7f80_0000
}
