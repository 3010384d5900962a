import ModelZoo
public import ZooTensor

extension TrainingPlan {
    /// The plan for programs.
    public var json: JSON {
        .object([
            "examples": .integer(examples), "validation_examples": .integer(validationExamples),
            "validation_is_split": .bool(validationIsSplit),
            "classes": .integer(labels.count), "trainable_values": .integer(trainableValues), "total_values": .integer(totalValues),
            "head_start": .string(headStart.rawValue), "folds": .integer(folds),
            "steps": .integer(steps), "tokens_per_epoch": .integer(tokensPerEpoch), "longest": .integer(longest),
            "skipped_inputs": .integer(skippedInputs), "features_once": .bool(computesFeaturesOnce),
            "truncated_inputs": .integer(truncatedInputs), "dropped_tokens": .integer(droppedTokens), "memory_bytes": .integer(memoryBytes),
            "data_digest": .string(dataDigest.description), "notes": .array(notes.map { .string($0) }),
        ])
    }
}

extension HeadSummary {
    /// The summary for programs.
    public var json: JSON {
        .object([
            "strength": .number(strength), "folds": .integer(folds), "iterations": .integer(iterations), "converged": .bool(hasConverged),
            "used": .bool(isUsed),
            "held_out": .object(metrics.summaryJSON),
        ])
    }
}

extension TrainingSummary {
    /// The summary for programs.
    public var json: JSON {
        .object([
            "head": head?.json ?? .null, "best_epoch": .integer(bestEpoch), "epochs": .integer(epochs), "steps": .integer(steps),
            "training_seconds": .number(trainingSeconds), "total_seconds": .number(totalSeconds),
            "examples_per_second": .number(examplesPerSecond), "tokens_per_second": .number(tokensPerSecond),
            "validation": validation?.json ?? .null, "notes": .array(notes.map { .string($0) }),
        ])
    }
}

extension TrainingEvent {
    /// The event for programs and logs; nil for those that only tell of progress.
    public var json: JSON? {
        switch self {
        case .preparing, .computingFeatures, .evaluating, .solving: return nil
        case .solvedHead(let head): return .object(["type": .string("train.head"), "head": head.json])
        case .planned(let plan): return .object(["type": .string("train.planned"), "plan": plan.json])
        case .step(let step):
            return .object([
                "type": .string("train.step"), "step": .integer(step.step), "steps": .integer(step.steps), "epoch": .integer(step.epoch),
                "loss": .number(step.loss), "gradient_norm": .number(step.gradientNorm), "learning_rate": .number(step.learningRate),
                "examples": .integer(step.examples), "tokens": .integer(step.tokens), "seconds": .number(step.seconds),
            ])
        case .epoch(let epoch):
            return .object([
                "type": .string("train.epoch"), "epoch": .integer(epoch.epoch), "training_loss": .number(epoch.trainingLoss),
                "validation": epoch.validation.map { .object($0.summaryJSON) } ?? .null, "is_best": .bool(epoch.isBest),
            ])
        case .finished(let summary): return .object(["type": .string("train.finished"), "summary": summary.json])
        }
    }
}
