import ZooBERT
import ZooCommands

// The one place that knows which families there are.
ZooCommand.main(families: [BERT.self])
