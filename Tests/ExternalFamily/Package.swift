// swift-tools-version: 6.2
import PackageDescription

// A family from outside of the package: what `Sources/ModelZoo/ModelZoo.docc/AddingAFamily.md` shows. `scripts/test-external` builds and
// runs it. The name is given because the folder of the package may be called anything.
let package = Package(
    name: "ExternalFamily",
    dependencies: [.package(name: "ModelZoo", path: "../..")],
    targets: [
        .target(name: "ExternalFamily", dependencies: [.product(name: "ModelZoo", package: "ModelZoo")]),
        .executableTarget(name: "toy", dependencies: ["ExternalFamily", .product(name: "ZooCommands", package: "ModelZoo")]),
        .testTarget(name: "ExternalFamilyTests", dependencies: ["ExternalFamily", .product(name: "ZooTesting", package: "ModelZoo")]),
    ]
)
