#!/usr/bin/env python3
"""Writes signatures.txt: keys, messages and signatures at the edges of Ed25519, with the verdict of RFC 8032 without cofactor.

A line: accepted or refused, key, message, signature, and what it is. The verdict is computed here with integers: the key is a point in canonical
form, S < L, and the encoding of [S]B - [k]A is R byte by byte.
"""
import hashlib
import os

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
ZERO = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P


def times(n, a):
    result = ZERO
    while n:
        if n & 1:
            result = add(result, a)
        a = add(a, a)
        n >>= 1
    return result


def negative(a):
    return -a[0] % P, a[1]


def encoded(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def decoded(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y


B = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
EIGHT = decoded(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
SMALL = [times(n, EIGHT) for n in range(8)]
assert SMALL[0] == ZERO and len(set(SMALL)) == 8 and times(8, EIGHT) == ZERO and times(L, B) == ZERO


def challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def verdict(key, message, signature):
    point = decoded(key)
    s = int.from_bytes(signature[32:], "little")
    if point is None or point in SMALL or s >= L:
        return "refused"
    k = challenge(signature[:32], key, message)
    return "accepted" if encoded(add(times(s, B), negative(times(k, point)))) == signature[:32] else "refused"


def number(*words):
    return int.from_bytes(hashlib.sha512(" ".join(map(str, words)).encode()).digest(), "little") % L


lines = []


def case(what, key, message, r, s):
    signature = r + s.to_bytes(32, "little")
    lines.append(f"{verdict(key, message, signature)}\t{key.hex()}\t{message.hex() or '-'}\t{signature.hex()}\t{what}")


for index in range(3):
    a, r = number("a", index), number("r", index)
    key, point = encoded(times(a, B)), encoded(times(r, B))
    message = hashlib.sha256(b"%d" % index).digest()[: 11 * index]
    s = (r + challenge(point, key, message) * a) % L
    case("good", key, message, point, s)
    for multiple in (1, 2, 7, 8):
        case(f"S + {multiple} L", key, message, point, s + multiple * L)
    for bit in (0, 100, 252, 253, 254, 255):
        case(f"bit {bit} of S turned", key, message, point, s ^ 1 << bit)
        case(f"bit {bit} of R turned", key, message, (int.from_bytes(point, "little") ^ 1 << bit).to_bytes(32, "little"), s)
    case("another message", key, message + b"x", point, s)
    case("S = 0", key, message, point, 0)
    case("S = L", key, message, point, L)
    case("all zero", key, message, bytes(32), 0)
    # R of small order: [S]B = [k]A holds for R = 0 alone, and for its canonical form alone.
    for order, small in enumerate(SMALL):
        form = encoded(small)
        case(f"R is the small point {order}", key, message, form, challenge(form, key, message) * a % L)
    for form in ((P + 1).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little"), (P + 1 | 1 << 255).to_bytes(32, "little")):
        case("R is zero in another form", key, message, form, challenge(form, key, message) * a % L)
    # Points of mixed order: what holds after multiplication by 8 alone is refused.
    mixed = encoded(add(times(r, B), SMALL[1]))
    case("R of mixed order", key, message, mixed, (r + challenge(mixed, key, message) * a) % L)
    for order in (1, 2, 4):
        key = encoded(add(times(a, B), SMALL[order]))
        for salt in range(5):
            text = message + bytes([salt])
            case(f"key with the small point {order}", key, text, point, (r + challenge(point, key, text) * a) % L)

message = b"nobody's"
off = next(y for y in range(2, 99) if decoded(y.to_bytes(32, "little")) is None).to_bytes(32, "little")
case("the key is no point", off, message, encoded(B), 1)
for small in SMALL[1:]:
    key = encoded(small)
    case("the key is of small order", key, message, encoded(ZERO), 0)
for y in range(P, 2**255):
    key = y.to_bytes(32, "little")
    if decoded((y - P).to_bytes(32, "little")) is not None:
        # As some read it: y modulo P.
        case("the key is not in canonical form", key, message, encoded(ZERO), 0)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "signatures.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
