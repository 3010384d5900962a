/// A list of values with unique keys, found in constant time.
///
/// Keys are compared byte by byte: `"\u{e9}"` and `"e\u{301}"` are two keys here, as in files, while `String` holds them equal.
package struct KeyedList<Value> {
    /// One key with its value.
    package struct Member {
        package let key: String
        package var value: Value
    }

    /// Up to this many members are searched one after the other.
    private static var searched: Int { 8 }

    /// The members in their order.
    package private(set) var members: [Member] = []
    /// An open hash table, empty for a short list: 0 for a free slot, else a part of the hash in the upper half, a position + 1 in the lower.
    private var slots: [UInt64] = []

    package init() {}

    /// The number of members.
    package var count: Int { members.count }

    /// The place of a key in ``members``.
    package func position(_ key: String) -> Int? {
        if slots.isEmpty { return members.firstIndex { haveEqualBytes($0.key, key) } }
        return find(key, tag(key)).position
    }

    /// The value of a key.
    package subscript(_ key: String) -> Value? { position(key).map { members[$0].value } }

    /// Appends a member.
    ///
    /// - Returns: false, with nothing changed, when the key is there already.
    package mutating func append(_ key: String, _ value: Value) -> Bool {
        if slots.isEmpty {
            if members.contains(where: { haveEqualBytes($0.key, key) }) { return false }
            if members.isEmpty { members.reserveCapacity(4) }
            members.append(Member(key: key, value: value))
            if members.count > Self.searched { rehash(64) }
            return true
        }
        let tag = tag(key)
        let (slot, position) = find(key, tag)
        if position != nil { return false }
        members.append(Member(key: key, value: value))
        slots[slot] = UInt64(tag) << 32 | UInt64(members.count)
        // At most two of three slots are used.
        if members.count * 3 > slots.count * 2 { rehash(slots.count * 4) }
        return true
    }

    /// Replaces the value of a key, or appends the pair.
    package mutating func update(_ key: String, _ value: Value) {
        if let position = position(key) {
            members[position].value = value
        } else {
            _ = append(key, value)
        }
    }

    /// Removes a key; the order of the others stays.
    package mutating func remove(_ key: String) {
        guard let position = position(key) else { return }
        members.remove(at: position)
        if !slots.isEmpty {
            slots = [UInt64](repeating: 0, count: slots.count)
            for (index, member) in members.enumerated() { put(tag(member.key), index) }
        }
    }

    /// The slot where a key is, or where it would go.
    private func find(_ key: String, _ tag: UInt32) -> (slot: Int, position: Int?) {
        let mask = slots.count - 1
        var slot = Int(tag) & mask
        while slots[slot] != 0 {
            let position = Int(slots[slot] & 0xffff_ffff) - 1
            if UInt32(slots[slot] >> 32) == tag && haveEqualBytes(members[position].key, key) { return (slot, position) }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    /// Enters a member whose key is known to be new.
    private mutating func put(_ tag: UInt32, _ position: Int) {
        let mask = slots.count - 1
        var slot = Int(tag) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt64(tag) << 32 | UInt64(position + 1)
    }

    private mutating func rehash(_ size: Int) {
        let old = slots
        slots = [UInt64](repeating: 0, count: size)
        if old.isEmpty {
            for (index, member) in members.enumerated() { put(tag(member.key), index) }
        } else {
            for slot in old where slot != 0 { put(UInt32(slot >> 32), Int(slot & 0xffff_ffff) - 1) }
        }
    }

    /// A part of the key's hash, which is seeded anew in each process: nobody can prepare keys that collide.
    private func tag(_ key: String) -> UInt32 {
        var hasher = Hasher()
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }
}

extension KeyedList.Member: Sendable where Value: Sendable {}
extension KeyedList: Sendable where Value: Sendable {}

extension KeyedList: Equatable where Value: Equatable {
    /// True for equal members in equal order.
    package static func == (left: KeyedList, right: KeyedList) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy { haveEqualBytes($0.key, $1.key) && $0.value == $1.value }
    }
}

extension KeyedList: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in members {
            hasher.combine(member.key)
            hasher.combine(member.value)
        }
    }
}

/// True when two strings consist of the same bytes; stricter than `==`, which holds canonically equivalent strings equal.
package func haveEqualBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && withBytes(left, right) { left, right in left.indices.allSatisfy { left[$0] == right[$0] } }
}

/// True when `left` comes before `right` by its bytes, which is also the order of the code points.
package func precedesByBytes(_ left: String, _ right: String) -> Bool {
    withBytes(left, right) { left, right in
        for index in 0..<min(left.count, right.count) where left[index] != right[index] { return left[index] < right[index] }
        return left.count < right.count
    }
}

private func withBytes(
    _ left: String, _ right: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
) -> Bool {
    var left = left
    var right = right
    return left.withUTF8 { left in right.withUTF8 { right in body(left, right) } }
}
