import ModelZoo
import Testing
import ZooNN
import ZooTraining

/// Settings made from the data.
@Suite("Recipes")
struct RecipeTests {
    private func recipe(
        _ examples: Int, classes: Int = 2, width: Int = 384, validation: Bool = false,
        base: (inout TrainingConfiguration) -> Void = { _ in }, choose: (inout Recipe.Choices) -> Void
    ) throws -> Recipe {
        var configuration = TrainingConfiguration()
        base(&configuration)
        var choices = Recipe.Choices()
        choose(&choices)
        let facts = Recipe.Facts(examples: examples, classes: classes, width: width, hasValidation: validation)
        let recipe = Recipe(facts, configuration, choices)
        try recipe.configuration.check()
        return recipe
    }

    @Test(
        "every size of data gets settings that hold, enough steps, and a reason for each",
        arguments: [1, 2, 50, 200, 1_000, 10_000, 1_000_000])
    func sizes(examples: Int) throws {
        for classes in [2, 77, 1000] {
            for width in [1, 192, 384, 768, 1024, 4096] {
                let recipe = try recipe(examples, classes: classes, width: width)
                let configuration = recipe.configuration
                #expect((1e-6...1e-1).contains(configuration.learningRate))
                let trained = Double(examples) * (1 - configuration.validationFraction)
                let steps = Double(configuration.epochs) * trained / Double(configuration.batchSize)
                if examples >= 1000 { #expect(steps >= 300) }
                #expect(configuration.headStart == .solved)
                #expect(recipe.reasons.contains { $0.contains("epochs (") } && recipe.reasons.contains { $0.contains("rate ") })
            }
        }
        #expect(try recipe(200).configuration.batchSize <= recipe(20_000).configuration.batchSize)
        #expect(try recipe(200).configuration.epochs >= recipe(20_000).configuration.epochs)
        #expect(try recipe(1000, width: 768).configuration.learningRate > recipe(1000, width: 4096).configuration.learningRate)
        #expect(try recipe(1000).configuration.leastHeadGain > 0)
        #expect(try recipe(1000, choose: { $0.headStart = .solved }).configuration.leastHeadGain == 0)
        // Few steps, and heads that begin at random, take larger ones.
        #expect(try recipe(50).configuration.learningRate > recipe(1000).configuration.learningRate)
        #expect(
            try recipe(1000, choose: { $0.headStart = .random }).configuration.learningRate > recipe(1000).configuration.learningRate)
    }

    private func recipe(_ examples: Int, classes: Int = 2, width: Int = 384, validation: Bool = false) throws -> Recipe {
        try recipe(examples, classes: classes, width: width, validation: validation, base: { _ in }, choose: { _ in })
    }

    @Test("what is chosen stays, and what depends on it follows")
    func choices() throws {
        let chosen = try recipe(
            1000,
            choose: {
                $0.batchSize = 4
                $0.validationFraction = 0.3
                $0.patience = 2
                $0.maxSteps = 77
            }
        ).configuration
        #expect(chosen.batchSize == 4 && chosen.validationFraction == 0.3 && chosen.patience == 2 && chosen.maxSteps == 77)
        #expect(try chosen.epochs < recipe(1000).configuration.epochs)
        #expect(try recipe(1000, choose: { $0.learningRate = 0.25 }).configuration.learningRate == 0.25)
        #expect(try recipe(1000, validation: true).configuration.validationFraction == 0)
        // The plan tells one number of steps.
        #expect(try recipe(1000, choose: { $0.maxSteps = 3 }).reasons.contains("1 epoch (3 steps)"))
        let both = try recipe(100, validation: true, base: { _ in }, choose: { $0.validationFraction = 0.3 })
        #expect(both.configuration.validationFraction == 0 && both.reasons.contains("batch 8 (100 examples)"))
    }

    @Test("rate and epochs together are the familiar recipe, with a head that begins at random")
    func familiar() throws {
        let configuration = try recipe(
            1000,
            choose: {
                $0.learningRate = 5e-5
                $0.epochs = 3
                $0.batchSize = 32
                $0.validationFraction = 0.1
            }
        ).configuration
        #expect(configuration == TrainingConfiguration())
    }

    @Test("the head alone is solved on all examples, unless steps or varied inputs are asked for")
    func headAlone() throws {
        func head(_ choose: (inout Recipe.Choices) -> Void = { _ in }, aug: Augmentation.Preset? = nil) throws -> TrainingConfiguration {
            try recipe(
                1000,
                base: {
                    $0.strategy = .headOnly
                    if let aug { $0.augmentation = Augmentation(aug) }
                }, choose: choose
            ).configuration
        }
        #expect(try head().headStart == .solved)
        #expect(try head().validationFraction == 0)
        for trained in [
            try head { $0.epochs = 3 }, try head { $0.learningRate = 1e-3 }, try head { $0.maxSteps = 9 }, try head(aug: .light),
        ] {
            #expect(trained.headStart == .random && trained.validationFraction > 0 && trained.learningRate >= 1e-3)
        }
    }

    @Test("20 examples of each class are held back where there are that many")
    func validation() throws {
        #expect(try recipe(1000, classes: 10).configuration.validationFraction == 0.2)
        #expect(try recipe(10_000, classes: 2).configuration.validationFraction == 0.1)
        #expect(try recipe(2_000, classes: 15).configuration.validationFraction == 0.15)
        // Else a tenth, and of few examples none.
        #expect(try recipe(1000, classes: 77).configuration.validationFraction == 0.1)
        #expect(try recipe(400).configuration.validationFraction == 0.1)
        #expect(try recipe(399).configuration.validationFraction == 0)
    }
}
