/// What is about to be done to a file or folder.
package enum FileOperation: Sendable, Equatable {
    /// A new file.
    case create(String)
    /// Bytes at a place of a file.
    case write(String, offset: Int, bytes: [UInt8])
    /// A file's bytes are brought to the disk.
    case synchronise(String)
    /// A folder's list of names is brought to the disk.
    case synchroniseFolder(String)
    case makeFolder(String)
    case rename(String, to: String)
    /// Another name for a file.
    case link(String, to: String)
    /// A name is taken away.
    case remove(String)
}

/// Sees what is done to files, and can let it fail: for tests of full disks, power cuts and the like.
package protocol FileObserver: Sendable {
    /// Called before an operation. What it throws is the operation's failure.
    func will(_ operation: FileOperation) throws(FileError)
    /// How much space a disk has, in bytes; nil to ask the system.
    func availableByteCount(at path: String) -> Int?
    /// Whether locks on files hold. There are file systems that grant each to everybody.
    var locksHold: Bool { get }
}

extension FileObserver {
    package func availableByteCount(at path: String) -> Int? { nil }
    package var locksHold: Bool { true }
}

/// Where tests put an observer.
package enum FileFaults {
    /// The observer of this task and those that it starts; nil outside of tests.
    @TaskLocal package static var observer: (any FileObserver)?

    /// Tells the observer, if there is one.
    package static func will(_ operation: @autoclosure () -> FileOperation) throws(FileError) {
        if let observer { try observer.will(operation()) }
    }
}
