import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

// Scratch: parity dump and timing.
let args = CommandLine.arguments
let assets = try Assets(folder: args[1])
let clock = ContinuousClock()
if args[2] == "hidden" {
    let model = try Model<BERT>(assets, head: .none(.everyToken))
    for line in ["a cat sat on the mat.", "what sets ms . birot's film apart from others in the genre"] {
        let e = try model.tokenizer.encode(.text(line))
        let f = model.features(model.tokenizer.batch([e]), Pass(model.weights))
        print(e.ids, f.tokens.value.elements.prefix(5), f.tokens.value.elements.suffix(3))
    }
    let texts = try readFile(args[3]).split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    let enc = try texts.map { try model.tokenizer.encode(.text($0)) }
    for _ in 0..<3 {
    let d = try clock.measure { try model.forEachBatch(enc) { b, _ in _ = model.features(b, Pass(model.weights)) } }
    print("embed", Double(texts.count) / (Double(d.components.attoseconds) * 1e-18 + Double(d.components.seconds)), "sentences/s")
    }
    for _ in 0..<3 {
    let d = clock.measure { for _ in 0..<50 { _ = model.features(model.tokenizer.batch([enc[0]]), Pass(model.weights)) } }
    print("one", enc[0].ids.count, (Double(d.components.attoseconds) * 1e-15 + 1000*Double(d.components.seconds))/50, "ms")
    }
} else {
    var model = try Model<BERT>(assets, head: .fresh(["a", "b"]))
    let texts = try readFile(args[3]).split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    let enc = try texts.map { try model.tokenizer.encode(.text($0)) }
    let gradients = Gradients(model.schema) { _ in true }
    var optimizer = OptimizerKind.adamW().make(model.schema)
    let batches = stride(from: 0, to: enc.count - 31, by: 32).map { Array(enc[$0..<$0 + 32]) }
    let cap = Pass.Capacity(tokens: batches.map { $0.reduce(0) { $0 + $1.ids.count } }.max()!, sequences: 32, longest: enc.map(\.ids.count).max()!)
    let steps = Int(args[4])!
    let dropout = args.count < 6 || args[5] != "nodrop"
    var tokens = 0
    var total = clock.now
    for step in 0..<steps {
        let b = batches[step % batches.count]
        gradients.reset()
        let t0 = clock.now
        let loss: Float
        do {
            let batch = model.tokenizer.batch(b)
            let pass = Pass(model.weights, gradients: gradients, random: RandomKey(seed: 1).derived(step), dropout: dropout, capacity: cap)
            let logits = try model.logits(batch, pass)
            let l = CrossEntropy()(logits, labels: (0..<32).map { $0 % 2 })
            loss = l.value.elements[0]
            pass.backward(from: l)
            if step >= 3 { tokens += batch.ids.count }
        }
        let norm = gradients.globalNorm()
        optimizer.step(&model.weights, gradients, rate: 5e-5, gradientScale: Float(min(1, 1 / norm)))
        if step == 2 { total = clock.now }
        if step < 5 { print(step, loss, norm, clock.now - t0, gradients.missing.count, BufferPool.shared.statistics) }
    }
    let d = clock.now - total
    let s = Double(d.components.attoseconds) * 1e-18 + Double(d.components.seconds)
    let flop = Double(tokens) * 6 * 10.6e6
    print("examples/s", Double((steps - 3) * 32) / s, "tokens/s", Double(tokens) / s, "GFLOP/s", flop / s / 1e9, BufferPool.shared.statistics)
}
