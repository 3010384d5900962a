import ZooBERT
import ZooCommands
import ZooViT

// The one place that knows which families there are.
ZooCommand.main(families: [BERT.self, ViT.self])
