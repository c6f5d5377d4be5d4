using System.CommandLine;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Cli;

/// <summary>The options of <c>edge-agent model export</c> and their checks.</summary>
internal sealed class ExportArguments
{
    private readonly Option<string> _form = new("--form")
    {
        Description = "tensorrt: TensorRT from 10.15 (JetPack 7.2); tensorrt-10.3: JetPack 6.2; cuda: ONNX Runtime's CUDA provider; cpu.",
        Required = true
    };

    private readonly Option<int> _rows = new("--rows")
    {
        Description = "Rows decoded together; the cuda and cpu forms take any number.",
        DefaultValueFactory = _ => 8
    };

    private readonly Option<int?> _context = new("--context")
    {
        Description = "Tokens a row holds (default: the student's, at most 2048)."
    };

    private readonly Option<int> _chunk = new("--chunk")
    {
        Description = "Prompt tokens of one run; the cuda and cpu forms take any number.",
        DefaultValueFactory = _ => 128
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Type of activations and cache. fp32 is for comparisons on the CPU.",
        DefaultValueFactory = _ => "fp16"
    };

    private readonly Option<string> _linears = new("--linears")
    {
        Description = "int4: blocks as the bundle has them; fp16: dequantized, where a TensorRT build refuses INT4.",
        DefaultValueFactory = _ => "int4"
    };

    private readonly Option<string> _attention = new("--attention")
    {
        Description = "Of the tensorrt form. fused: one operator, for which TensorRT must have a kernel; matmul: in its parts.",
        DefaultValueFactory = _ => "fused"
    };

    public ExportArguments()
    {
        _form.AcceptOnlyFromAmong([.. FormNames.Forms.Keys]);
        _precision.AcceptOnlyFromAmong([.. FormNames.Precisions.Keys]);
        _linears.AcceptOnlyFromAmong([.. FormNames.Storages.Keys]);
        _attention.AcceptOnlyFromAmong([.. FormNames.Attentions.Keys]);
        OptionValues.Limit(_rows, $"1..{FormOptions.MaxRows}", n => n is >= 1 and <= FormOptions.MaxRows);
        OptionValues.Limit(_chunk, $"1..{FormOptions.MaxChunk}", n => n is >= 1 and <= FormOptions.MaxChunk);
    }

    /// <summary>Where to write.</summary>
    public Option<string> To { get; } = new("--out")
    {
        Description = "A folder, or a file that ends in .onnx.",
        Required = true
    };

    /// <summary>Whether to compare with the cpu form.</summary>
    public Option<bool> Check { get; } = new("--check")
    {
        Description = "Run what was written on the CPU and compare its logits with the cpu form's."
    };

    public IReadOnlyList<Option> All => [_form, _rows, _context, _chunk, _precision, _linears, _attention, To, Check];

    /// <param name="limit">The student's own context.</param>
    /// <param name="otherwise">The context when none is given and the student's is larger.</param>
    /// <exception cref="UsageException">Options that do not go together, or with the student.</exception>
    public FormOptions Options(ParseResult result, int limit, int otherwise)
    {
        var form = FormNames.Forms[result.GetRequiredValue(_form)];
        var context = result.GetValue(_context) ?? Math.Min(limit, otherwise);
        if (context < FormOptions.MinContext || context > limit)
            throw new UsageException($"--context expects {FormOptions.MinContext}..{limit}, what the student can hold; found {context}");
        var precision = FormNames.Precisions[result.GetRequiredValue(_precision)];
        var linears = FormNames.Storages[result.GetRequiredValue(_linears)];
        var isGiven = result.GetResult(_precision) is { Implicit: false };
        if (form == GraphForm.Cpu && (isGiven && precision != FloatPrecision.Fp32 || linears != LinearStorage.Int4))
            throw new UsageException(
                "--form cpu has float32 activations and the bundle's own linears; leave --precision and --linears out");
        if (form != GraphForm.TensorRt && result.GetResult(_attention) is { Implicit: false })
            throw new UsageException($"--attention is for --form tensorrt, found --form {FormNames.Of(form)}");
        return new FormOptions
        {
            Form = form,
            Rows = result.GetValue(_rows),
            Context = context,
            Chunk = result.GetValue(_chunk),
            Precision = form == GraphForm.Cpu ? FloatPrecision.Fp32 : precision,
            Linears = linears,
            Attention = FormNames.Attentions[result.GetRequiredValue(_attention)]
        };
    }
}
