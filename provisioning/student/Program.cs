using System.Text.Json;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Lab;

// Lab train [STEPS]   trains the student in ./work (or resumes), then exports a Hugging Face directory work/student
// Lab suites          writes the held-out questions to ./suites
var here = Directory.GetCurrentDirectory();
if (!Directory.Exists(Path.Combine(here, "corpus"))) return Fail("run from provisioning/student: no folder 'corpus' here");
var corpus = new Corpus(Path.Combine(here, "corpus"));
switch (args)
{
    case ["train", ..]:
        var steps = 6000;
        if (args.Length > 1 && !int.TryParse(args[1], out steps)) return Fail($"STEPS must be a whole number, found '{args[1]}'");
        return Train(steps);
    case ["suites"]:
        return Suites();
    default:
        return Fail("usage: Lab train [STEPS] | suites");
}

int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}

int Train(int steps)
{
    var native = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
    if (File.Exists(native)) NativeCompatibility.Weaken(native);
    var work = Directory.CreateDirectory(Path.Combine(here, "work")).FullName;
    var sampler = new QuestionSampler(corpus);
    var tokenizerFile = Path.Combine(work, "tokenizer.json");
    if (!File.Exists(tokenizerFile))
    {
        var random = new Random(3);
        var texts = Enumerable.Range(0, 20_000).Select(_ => sampler.Next(random)).SelectMany(e => new[] { e.Question, e.Answer });
        File.WriteAllBytes(tokenizerFile, BytePairTrainer.Train(texts, 2048, [Trainer.Pad, Trainer.User, Trainer.Assistant, Trainer.End]));
    }
    var tokenizer = TokenizerFile.Load(tokenizerFile);
    TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
    TorchSharp.torch.random.manual_seed(1);
    var shape = StudentShape.Default(tokenizer.Size);
    var net = new StudentNet(shape);
    Console.WriteLine(
        $"{net.parameters().Sum(p => p.numel()) / 1e6:F2} M parameters, vocabulary {tokenizer.Size}, {corpus.Alarms.Count} alarms, " +
        $"{corpus.Topics.Count} topics");
    new Trainer(net, tokenizer, sampler, TrainingPlan.Default(steps), Path.Combine(work, "checkpoint.safetensors"))
        .Run([.. HeldOut.Examples(corpus)]);
    Checkpoint.Export(net, shape, tokenizer, tokenizerFile, Path.Combine(work, "student"));
    return 0;
}

int Suites()
{
    var folder = Directory.CreateDirectory(Path.Combine(here, "suites")).FullName;
    var relaxed = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    foreach (var group in HeldOut.Examples(corpus).GroupBy(e => e.Kind))
    {
        var lines = group.Select(e => JsonSerializer.Serialize(new
        {
            question = e.Question,
            kind = e.Kind,
            language = Corpus.Languages[e.Language],
            facts = e.Kind is "alarm" or "topic" ? e.Facts : [e.Answer],
        }, relaxed));
        File.WriteAllLines(Path.Combine(folder, group.Key + ".jsonl"), lines);
        Console.WriteLine($"{group.Key}: {group.Count()} questions");
    }
    return 0;
}
