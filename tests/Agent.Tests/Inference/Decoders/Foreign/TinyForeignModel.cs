using System.Runtime.InteropServices;
using EdgeAgent.Inference.Decoders.Foreign;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Onnx;
using EdgeAgent.Tests.Bundles;
using static EdgeAgent.Inference.Graph.GraphBuilder;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Tests.Inference.Decoders.Foreign;

/// <summary>
/// Generated ONNX decoders with random weights in onnxruntime-genai's layout: gpt2 (learned positions, keys and values of a layer in
/// one state, logits for every position, a tokenizer) and lfm2 (short convolutions between attention, logits for the last
/// position, no tokenizer).
/// </summary>
internal sealed class TinyForeignModel
{
    public const int Vocabulary = 1000, Context = 512, End = 98;
    private const int Hidden = 32, Heads = 4, HeadSize = Hidden / Heads, Gpt2Layers = 5, Lfm2Layers = 4, ConvolutionState = 4;

    private readonly GraphBuilder _graph = new(null, 0);
    private readonly Random _random;
    private string _x = "", _mask = "";

    private TinyForeignModel(int seed) => _random = new Random(seed);

    /// <summary>Writes the folder tiny-random-NAME-fp32 for gpt2 or lfm2; returns its path.</summary>
    public static string Write(string parent, string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(parent, $"tiny-random-{name}-fp32")).FullName;
        var model = new TinyForeignModel(name == "gpt2" ? 1 : 2);
        var (file, layers, inputs, outputs) = name == "gpt2"
            ? ("past.onnx", Gpt2Layers, "past_names\":\"past_%d", "present_names\":\"present_%d")
            : ("decoder.onnx", Lfm2Layers, "past_conv_names\":\"past_conv.%d", "present_conv_names\":\"present_conv.%d");
        File.WriteAllBytes(Path.Combine(directory, file), name == "gpt2" ? model.Gpt2() : model.Lfm2());
        File.WriteAllText(Path.Combine(directory, ForeignModel.GenAiFileName), $$"""
            {"model":{"type":"{{name}}","eos_token_id":{{End}},"vocab_size":{{Vocabulary}},"context_length":{{Context}},
              "decoder":{"filename":"{{file}}","num_key_value_heads":{{Heads}},"head_size":{{HeadSize}},"num_hidden_layers":{{layers}},
                "inputs":{"{{inputs}}"},"outputs":{"{{outputs}}"} } } }
            """);
        if (name == "gpt2") File.WriteAllText(Path.Combine(directory, "tokenizer.json"), TinyStudent.TokenizerJson());
        return directory;
    }

    private byte[] Gpt2()
    {
        Start();
        _graph.Input("position_ids", DataType.Int64, "batch", "sequence");
        _x = Node("Add", _x, Node("Gather", Weights("positions", 0.5, Context, Hidden), "position_ids"));
        for (var layer = 0; layer < Gpt2Layers; layer++)
        {
            var past = _graph.Input($"past_{layer}", DataType.Float, 2, "batch", Heads, "past", HeadSize);
            var (keys, values) = Attend(layer, Node("Gather", past, Scalar(0)), Node("Gather", past, Scalar(1)));
            _graph.Node("Concat", [Unsqueeze(keys, 0), Unsqueeze(values, 0)], $"present_{layer}", "", Int("axis", 0));
            _graph.Output($"present_{layer}", DataType.Float, 2, "batch", Heads, "total", HeadSize);
        }
        return Finish("sequence");
    }

    private byte[] Lfm2()
    {
        Start();
        for (var layer = 0; layer < Lfm2Layers; layer++)
        {
            if (layer % 2 == 0)
            {
                Convolve(layer);
                continue;
            }
            var (keys, values) = Attend(layer,
                _graph.Input($"past_key_values.{layer}.key", DataType.Float, "batch", Heads, "past", HeadSize),
                _graph.Input($"past_key_values.{layer}.value", DataType.Float, "batch", Heads, "past", HeadSize));
            foreach (var (value, name) in new[] { (keys, "key"), (values, "value") })
            {
                _graph.Node("Identity", [value], $"present.{layer}.{name}");
                _graph.Output($"present.{layer}.{name}", DataType.Float, "batch", Heads, "total", HeadSize);
            }
        }
        _x = _graph.Node("Gather", [_x, Longs(-1)], null, "", Int("axis", 1));
        return Finish(1);
    }

    /// <summary>Embeddings [batch, sequence, hidden], and what padding adds to attention scores [batch, 1, 1, total].</summary>
    private void Start()
    {
        _graph.Input("input_ids", DataType.Int64, "batch", "sequence");
        _graph.Input("attention_mask", DataType.Int64, "batch", "total");
        _x = Node("Gather", Weights("embedding", 1, Vocabulary, Hidden), "input_ids");
        var padding = Node("Sub", Floats(1), _graph.Node("Cast", ["attention_mask"], null, "", Int("to", (long)DataType.Float)));
        _mask = Node("Unsqueeze", Node("Mul", padding, Floats(-1e9f)), Longs(1, 2));
    }

    private byte[] Finish(object positions)
    {
        _graph.Node("MatMul", [_x, Weights("head", 1 / Math.Sqrt(Hidden), Hidden, Vocabulary)], "logits");
        _graph.Output("logits", DataType.Float, "batch", positions, Vocabulary);
        return Serialize(_graph);
    }

    /// <summary>Causal attention over the past and the new positions, added to x; returns all keys and values.</summary>
    private (string Keys, string Values) Attend(int layer, string pastKeys, string pastValues)
    {
        string Split(string part) => Transpose(
            Node("Reshape", Project(_x, $"{layer}.{part}"), Longs(0, 0, Heads, HeadSize)), 0, 2, 1, 3); // [batch, heads, sequence, size]
        var keys = _graph.Node("Concat", [pastKeys, Split("k")], null, "", Int("axis", 2));
        var values = _graph.Node("Concat", [pastValues, Split("v")], null, "", Int("axis", 2));
        var scores = Node("Mul", Node("MatMul", Split("q"), Transpose(keys, 0, 1, 3, 2)), Floats((float)(1 / Math.Sqrt(HeadSize))));
        var total = Node("Gather", Node("Shape", keys), Scalar(2));
        var first = Node("Sub", total, Node("Gather", Node("Shape", _x), Scalar(1)));
        var later = Node("Greater", Node("Unsqueeze", Node("Range", Scalar(0), total, Scalar(1)), Longs(0)),
            Node("Unsqueeze", Node("Range", first, total, Scalar(1)), Longs(1))); // [sequence, total]
        var masked = Node("Add", Node("Where", later, Floats(-1e9f), scores), _mask);
        var attended = Node("MatMul", _graph.Node("Softmax", [masked], null, "", Int("axis", -1)), values);
        var joined = Node("Reshape", Transpose(attended, 0, 2, 1, 3), Longs(0, 0, Hidden));
        _x = Node("Tanh", Node("Add", _x, Project(joined, $"{layer}.o")));
        return (keys, values);
    }

    /// <summary>A causal convolution of each channel, whose state is the last inputs [batch, hidden, state].</summary>
    private void Convolve(int layer)
    {
        var past = _graph.Input($"past_conv.{layer}", DataType.Float, "batch", Hidden, ConvolutionState);
        var all = _graph.Node("Concat", [past, Transpose(_x, 0, 2, 1)], null, "", Int("axis", 2));
        var kernel = Weights($"{layer}.conv", 0.5, Hidden, 1, ConvolutionState + 1);
        var convolved = _graph.Node("Conv", [all, kernel], null, "", Int("group", Hidden));
        _x = Node("Tanh", Node("Add", _x, Transpose(convolved, 0, 2, 1)));
        _graph.Node("Slice", [all, Longs(-ConvolutionState), Longs(int.MaxValue), Longs(2)], $"present_conv.{layer}");
        _graph.Output($"present_conv.{layer}", DataType.Float, "batch", Hidden, ConvolutionState);
    }

    private string Node(string op, params string[] inputs) => _graph.Node(op, inputs);

    private string Project(string x, string name) => Node("MatMul", x, Weights(name, 1 / Math.Sqrt(Hidden), Hidden, Hidden));

    private string Unsqueeze(string x, long axis) => Node("Unsqueeze", x, Longs(axis));

    private string Transpose(string x, params long[] order)
    {
        var attribute = new AttributeProto { Name = "perm", Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(order);
        return _graph.Node("Transpose", [x], null, "", attribute);
    }

    private string Weights(string name, double scale, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (n, d) => n * d)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)((_random.NextDouble() * 2 - 1) * scale);
        return _graph.Constant($"w.{name}", DataType.Float, MemoryMarshal.AsBytes<float>(values), shape);
    }

    private string Longs(params long[] values) => _graph.Constant(_graph.Fresh(), values);

    private string Scalar(long value) => _graph.Constant(_graph.Fresh(), DataType.Int64, BitConverter.GetBytes(value));

    private string Floats(float value) => _graph.Constant(_graph.Fresh(), DataType.Float, BitConverter.GetBytes(value));
}
