import ExternalFamily
import ZooCommands

// The command with this family alone; list others beside it.
ZooCommand.main(families: [Toy.self])
