import ModelZoo
import ZooBERT
import ZooTraining

let data = try LabelledDataset.load("train.csv")
let base = try Model<BERT>(Assets(folder: "minilm"), head: .fresh(data.labels))
let tuned = try FineTuner(base, training: data).run { event in
    if case .epoch(let epoch) = event { print(epoch.epoch, epoch.validation?.accuracy ?? 0) }
}
try tuned.model.write(to: "support-desk")
let answers = try tuned.model.classify([.text("where is my parcel?")], top: 3)[0]
for answer in answers { print(answer.label, answer.probability) }
