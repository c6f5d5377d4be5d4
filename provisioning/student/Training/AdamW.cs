using EdgeAgent.Bundles.Safetensors;
using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) with a warm-up and a cosine to 2 % of the rate; weight decay on matrices only. Its moments and
/// the step are saved with the weights, so that an interrupted run resumes exactly.
/// </summary>
internal sealed class AdamW(StudentNet net, double highest, int warmUp, int steps)
{
    private const double Beta1 = 0.9, Beta2 = 0.98, Epsilon = 1e-8, Decay = 0.05, MaxNorm = 1.0;

    private readonly Dictionary<string, Tensor> _first = [], _second = [];

    /// <summary>Steps taken.</summary>
    public int Step { get; private set; }

    public double RateAt(int step) =>
        highest * Math.Min(1, (step + 1.0) / warmUp) * (0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (double)step / steps))) * 0.98 + 0.02);

    /// <summary>Takes a step along the gradients of the parameters.</summary>
    public void Update()
    {
        nn.utils.clip_grad_norm_(net.parameters(), MaxNorm);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var rate = RateAt(Step);
        double correct1 = 1 - Math.Pow(Beta1, Step + 1), correct2 = 1 - Math.Pow(Beta2, Step + 1);
        foreach (var (name, parameter) in net.named_parameters())
        {
            var gradient = parameter.grad!;
            Tensor m = _first[name], v = _second[name];
            m.mul_(Beta1).add_(gradient, 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            if (parameter.dim() == 2) parameter.mul_(1 - rate * Decay);
            parameter.addcdiv_(m / correct1, (v / correct2).sqrt().add_(Epsilon), -rate);
        }
        Step++;
    }

    /// <summary>Counts a step that had nothing to learn from.</summary>
    public void Skip() => Step++;

    /// <summary>Writes weights, moments and the step as one file.</summary>
    public void Save(string path)
    {
        var tensors = new List<SafetensorsTensor> { SafetensorsTensor.Of("step", [(float)Step], 1) };
        foreach (var (name, parameter) in net.named_parameters())
        {
            tensors.Add(SafetensorsTensor.Of("weight." + name, Values(parameter), parameter.shape));
            tensors.Add(SafetensorsTensor.Of("first." + name, Values(_first[name]), parameter.shape));
            tensors.Add(SafetensorsTensor.Of("second." + name, Values(_second[name]), parameter.shape));
        }
        SafetensorsWriter.Write(path, tensors);
    }

    /// <summary>Takes up a saved run; where there is none, starts from the net as it is.</summary>
    public void Load(string path)
    {
        using var off = no_grad();
        using var file = File.Exists(path) ? SafetensorsFile.Open(path) : null;
        if (file is not null) Step = (int)file.Floats("step", 1)[0];
        foreach (var (name, parameter) in net.named_parameters())
        {
            _first[name] = zeros_like(parameter);
            _second[name] = zeros_like(parameter);
            if (file is null) continue;
            parameter.copy_(tensor(file.Floats("weight." + name, parameter.shape), parameter.shape));
            _first[name].copy_(tensor(file.Floats("first." + name, parameter.shape), parameter.shape));
            _second[name].copy_(tensor(file.Floats("second." + name, parameter.shape), parameter.shape));
        }
    }

    private static float[] Values(Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();
}
