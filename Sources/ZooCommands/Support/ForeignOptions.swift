import ZooTensor

/// Options by the names that other programs give them: the examples of `transformers`, timm, sentence-transformers, Ludwig, fastText.
enum ForeignOptions {
    /// What an unknown option is called here; nil if nobody is known to call anything so.
    ///
    /// - Parameter known: the options of the verb.
    static func meaning(of option: String, among known: some Collection<String>) -> String? {
        let name = option.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
        // `--weight_decay`, `-epochs`, `--Epochs`.
        if known.contains("--" + name) { return "here it is --\(name)" }
        if let here = names[name]?.first(where: { known.contains($0) }) { return "here it is \(here)" }
        return remarks[name]
    }

    /// Our names, of which a verb may have one or another.
    private static let names: [String: [String]] = {
        var names: [String: [String]] = [:]
        func add(_ ours: [String], _ theirs: String) {
            for name in theirs.split(separator: " ") { names[String(name), default: []] += ours }
        }
        add(["--lr"], "learning-rate learningrate base-lr max-lr peak-lr adam-lr lrate eta")
        add(
            ["--batch"],
            "batch-size batchsize bs b per-device-train-batch-size per-gpu-train-batch-size train-batch-size per-device-eval-batch-size")
        add(["--epochs"], "num-train-epochs num-epochs n-epochs epoch nepochs max-epochs trainer-epochs")
        add(["--steps"], "max-steps num-steps num-train-steps train-steps iterations iters")
        add(
            ["--train", "--data", "--file"],
            "train-file train-data train-dir train-path training-file training-data training-set traindata dataset dataset-name data-dir "
                + "data-path data-file train-split input-file data input file")
        add(
            ["--val"],
            "validation-file validation-data validation-set validation valid valid-file valid-data dev dev-file eval-file val-file")
        add(["--val"], "val-data val-set val-split eval-data eval-dataset")
        add(["--test", "--data"], "test-file test-data test-set test-split test")
        add(["--out", "--as", "--output"], "output-dir output-directory output outdir o name model-name run-name save-dir save-path out")
        add(["--output"], "out output-file out-file outfile")
        add(["--format"], "output-format to")
        add(["--overwrite", "--replace"], "overwrite-output-dir force f overwrite replace exist-ok")
        add(["--run-dir"], "logging-dir log-dir experiment-dir")
        add(["--max-length"], "max-seq-length max-seq-len maxlen max-len max-tokens sequence-length max-sequence-length model-max-length")
        add(["--accum"], "gradient-accumulation-steps grad-accum-steps grad-accum accumulation-steps accumulate-grad-batches")
        add(["--optim"], "optimizer opt")
        add(["--warmup"], "warmup-ratio warmup-steps num-warmup-steps warmup-epochs warmup-proportion")
        add(["--sched"], "lr-scheduler-type lr-scheduler scheduler schedule lr-schedule")
        add(["--clip"], "max-grad-norm clip-grad clip-norm gradient-clip-val grad-clip clip-grad-norm")
        add(["--label-smoothing"], "label-smoothing-factor smoothing")
        add(["--patience"], "early-stopping-patience early-stopping early-stop patience-epochs")
        add(["--metric"], "metric-for-best-model eval-metric monitor validation-metric")
        add(
            ["--text"],
            "text-column text-column-name text-columns text-col sentence-column text-field input-column image-column input-features")
        add(["--text-pair"], "text-pair-column sentence2-column text2 text-b second-text")
        add(["--label"], "label-column label-column-name label-col target target-column label-field labels output-features y")
        add(
            ["--threads"],
            "num-threads n-threads nthreads workers num-workers j jobs dataloader-num-workers cpus thread preprocessing-num-workers")
        add(["--img-size"], "image-size input-size imgsz img resolution")
        add(["--aug"], "augment augmentation auto-augment aa randaugment data-augmentation")
        add(["--reprob"], "random-erase random-erasing erasing")
        add(["--mixup"], "mixup-alpha")
        add(["--cutmix"], "cutmix-alpha")
        add(["--mixup-off"], "mixup-off-epoch")
        add(["--head-only"], "freeze-backbone freeze-encoder freeze-base linear-probe linear-probing freeze-feature-extractor head")
        add(["--freeze"], "freeze-layers frozen freeze-parameters")
        add(["--no-dropout"], "dropout drop hidden-dropout-prob drop-rate classifier-dropout")
        add(["--weight-decay"], "wd decay l2")
        add(["--class-weights"], "class-weight weighted-loss balance balanced")
        add(["--on-bad"], "skip-bad ignore-errors skip-errors skip-unreadable")
        add(["--val-fraction"], "validation-split val-ratio validation-ratio validation-fraction test-size split eval-split val-size")
        add(["--seed"], "random-seed data-seed manual-seed rng-seed")
        add(["--top"], "top-k topk k n-best")
        add(["--pooling"], "pooling-mode pooling-strategy pool")
        add(["--no-normalize"], "normalize-embeddings normalize normalise")
        add(["--report"], "report-dir confusion-matrix metrics-file results")
        add(["--from"], "index-url registry mirror endpoint url")
        add(["--config"], "config-file config-path cfg training-config params")
        add(["--dry-run"], "plan check simulate n")
        add(["--yes"], "assume-yes no-confirm non-interactive confirm")
        add(["--home"], "cache-dir store store-dir root")
        add(["--offline"], "local-files-only no-network")
        add(["--quiet"], "silent q")
        add(["--older-than"], "age max-age keep")
        add(["--no-feature-cache"], "no-cache")
        return names
    }()

    /// What has no other name here, and why.
    private static let remarks: [String: String] = {
        var remarks: [String: String] = [:]
        func add(_ remark: String, _ theirs: String) { for name in theirs.split(separator: " ") { remarks[String(name)] = remark } }
        add(
            "the model is the first argument, without an option",
            "model model-name-or-path model-path pretrained-model checkpoint base-model ref")
        add(
            "a verb says what is done: zoo finetune trains, zoo evaluate measures, zoo predict answers",
            "do-train do-eval do-predict mode task")
        add(
            "everything is computed on the processor, with numbers of 32 bits",
            "device gpu cuda cpu no-cuda use-cpu fp16 bf16 amp half gpus dtype precision")
        add(
            "every epoch is measured, and the best one kept",
            "evaluation-strategy eval-strategy save-strategy save-total-limit eval-steps save-steps logging-steps load-best-model-at-end")
        add("a revision stands behind the name: hf:organisation/name@revision", "revision branch commit")
        add("the run's folder has log.jsonl, and --progress json tells every step", "report-to wandb tensorboard verbose v log-file")
        add("nothing of a model is ever executed", "trust-remote-code")
        return remarks
    }()
}
