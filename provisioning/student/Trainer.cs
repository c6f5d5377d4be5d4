using System.Diagnostics;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Tokenization;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace EdgeAgent.Lab;

/// <summary>Numbers of one training run. Learning rate: warm-up, then cosine to 2 %.</summary>
internal sealed record TrainingPlan(int Steps, int Batch, double LearningRate, int WarmUp, double WeightDecay, double QuestionWeight,
    int Seed)
{
    public static TrainingPlan Default(int steps) => new(steps, 32, 2e-3, 100, 0.05, 0.1, 1);

    public double RateAt(int step) =>
        LearningRate * Math.Min(1, (step + 1.0) / WarmUp) * (0.5 * (1 + Math.Cos(Math.PI * step / Steps)) * 0.98 + 0.02);
}

/// <summary>
/// Trains the student with cross-entropy on answers. Every step's batch depends on the seed and the step number alone,
/// and the checkpoint holds weights and AdamW's moments, so that an interrupted run resumes exactly.
/// </summary>
internal sealed class Trainer(StudentNet net, Tokenizer tokenizer, QuestionSampler sampler, TrainingPlan plan, string checkpoint)
{
    public const string Pad = "<|pad|>", User = "<|user|>", Assistant = "<|assistant|>", End = "<|end|>";
    private const double Beta1 = 0.9, Beta2 = 0.98, Epsilon = 1e-8, MaxNorm = 1.0;

    private readonly Dictionary<string, Tensor> _first = [], _second = [];
    private readonly int _user = tokenizer.IdOf(User)!.Value, _assistant = tokenizer.IdOf(Assistant)!.Value,
        _end = tokenizer.IdOf(End)!.Value;
    private int _step;

    public void Run(IReadOnlyList<Example> heldOut)
    {
        Load();
        var clock = Stopwatch.StartNew();
        long tokens = 0;
        for (; _step < plan.Steps; _step++)
        {
            if (_step % 500 == 0 && _step > 0) Report(heldOut);
            var (loss, count) = Step();
            tokens += count;
            if (_step % 50 == 0)
                Console.WriteLine(
                    $"step {_step}/{plan.Steps} loss {loss:F4} {tokens / clock.Elapsed.TotalSeconds:F0} tokens/s " +
                    $"{clock.Elapsed.TotalMinutes:F1} min");
            if (_step % 250 == 249) Save();
        }
        Save();
        Report(heldOut);
    }

    private (double Loss, long Tokens) Step()
    {
        using var scope = NewDisposeScope();
        var random = new Random(plan.Seed * 1_000_003 + _step);
        var (ids, weights, count) = Batch([.. Enumerable.Range(0, plan.Batch).Select(_ => sampler.Next(random))]);
        var time = ids.shape[1];
        net.train();
        net.zero_grad();
        var logits = net.forward(ids[.., ..(int)(time - 1)]);
        var target = ids[.., 1..].reshape(-1);
        var each = F.cross_entropy(logits.reshape(-1, logits.shape[2]), target, reduction: nn.Reduction.None);
        var w = weights[.., 1..].reshape(-1);
        var loss = (each * w).sum() / w.sum();
        loss.backward();
        nn.utils.clip_grad_norm_(net.parameters(), MaxNorm);
        Update();
        return (loss.item<float>(), count);
    }

    /// <summary>AdamW (Loshchilov and Hutter 2019); weight decay on matrices only.</summary>
    private void Update()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var rate = plan.RateAt(_step);
        double correct1 = 1 - Math.Pow(Beta1, _step + 1), correct2 = 1 - Math.Pow(Beta2, _step + 1);
        foreach (var (name, parameter) in net.named_parameters())
        {
            var gradient = parameter.grad!;
            Tensor m = _first[name], v = _second[name];
            m.mul_(Beta1).add_(gradient, 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            if (parameter.dim() == 2) parameter.mul_(1 - rate * plan.WeightDecay);
            parameter.addcdiv_(m / correct1, (v / correct2).sqrt().add_(Epsilon), -rate);
        }
    }

    private (Tensor Ids, Tensor Weights, long Tokens) Batch(IReadOnlyList<Example> examples)
    {
        var rows = examples.Select(e =>
        {
            int[] question = [_user, .. tokenizer.Encode(e.Question), _assistant];
            return (Ids: (int[])[.. question, .. tokenizer.Encode(e.Answer), _end], Question: question.Length);
        }).ToList();
        var time = rows.Max(r => r.Ids.Length);
        var ids = new long[rows.Count * time];
        var weights = new float[rows.Count * time];
        for (var b = 0; b < rows.Count; b++)
            for (var t = 0; t < rows[b].Ids.Length; t++)
            {
                ids[b * time + t] = rows[b].Ids[t];
                weights[b * time + t] = t >= rows[b].Question ? 1 : (float)plan.QuestionWeight;
            }
        return (tensor(ids, [rows.Count, time]), tensor(weights, [rows.Count, time]), rows.Sum(r => (long)r.Ids.Length));
    }

    /// <summary>Share of held-out answers that greedy decoding would give exactly (teacher-forced, which is the same thing).</summary>
    private void Report(IReadOnlyList<Example> heldOut)
    {
        using var off = no_grad();
        net.eval();
        foreach (var group in heldOut.GroupBy(e => (e.Kind, e.Language)).OrderBy(g => g.Key.Kind))
        {
            var sample = group.OrderBy(e => (uint)StableHash(e.Question)).Take(192).ToList();
            var right = 0;
            foreach (var chunk in sample.Chunk(64))
            {
                using var scope = NewDisposeScope();
                var (ids, weights, _) = Batch(chunk);
                var time = (int)ids.shape[1];
                var predicted = net.forward(ids[.., ..(time - 1)]).argmax(-1);
                var wrong = predicted.ne(ids[.., 1..]).logical_and(weights[.., 1..].eq(1)).any(1);
                right += chunk.Length - (int)wrong.sum().item<long>();
            }
            Console.WriteLine($"  held out {group.Key.Kind} {Corpus.Languages[group.Key.Language]}: {right}/{sample.Count} exact");
        }
    }

    private static int StableHash(string text) => text.Aggregate(17, (h, c) => unchecked(h * 31 + c));

    private void Save()
    {
        var tensors = new List<SafetensorsTensor>();
        foreach (var (name, parameter) in net.named_parameters())
        {
            tensors.Add(SafetensorsTensor.Of("weight." + name, Values(parameter), parameter.shape));
            tensors.Add(SafetensorsTensor.Of("first." + name, Values(_first[name]), parameter.shape));
            tensors.Add(SafetensorsTensor.Of("second." + name, Values(_second[name]), parameter.shape));
        }
        var done = Math.Min(_step + 1, plan.Steps);
        SafetensorsWriter.Write(checkpoint, tensors, new Dictionary<string, string> { ["step"] = $"{done}" });
        File.WriteAllText(checkpoint + ".step", $"{done}");
    }

    private void Load()
    {
        using var off = no_grad();
        using var file = File.Exists(checkpoint) ? SafetensorsFile.Open(checkpoint) : null;
        foreach (var (name, parameter) in net.named_parameters())
        {
            _first[name] = zeros_like(parameter);
            _second[name] = zeros_like(parameter);
            if (file is null) continue;
            parameter.copy_(tensor(file.Floats("weight." + name, parameter.shape), parameter.shape));
            _first[name].copy_(tensor(file.Floats("first." + name, parameter.shape), parameter.shape));
            _second[name].copy_(tensor(file.Floats("second." + name, parameter.shape), parameter.shape));
        }
        if (file is not null) _step = int.Parse(File.ReadAllText(checkpoint + ".step"), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
