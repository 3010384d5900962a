import ModelZoo
import ZooTensor

extension MemberReader where Failure == SourceError {
    /// The members of a document of the catalogue and the sources.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `SourceError.document` for what is no JSON object.
    init(document bytes: [UInt8], file: String) throws(SourceError) {
        let document: JSON
        do throws(JSONError) {
            document = try JSON.parse(bytes, file: file)
        } catch {
            throw .document(file: file, key: nil, reason: error.message)
        }
        guard let object = document.object else {
            throw .document(file: file, key: nil, reason: "expected an object, found \(document.kindName)")
        }
        self.init(object) { key, reason in .document(file: file, key: key, reason: reason) }
    }
}
