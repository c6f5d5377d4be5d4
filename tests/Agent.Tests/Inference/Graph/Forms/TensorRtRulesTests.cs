using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Inference.Graph.Onnx;
using Google.Protobuf;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Tests.Inference.Graph.Forms;

/// <summary>Every form keeps TensorRT's rules, and every broken rule is found.</summary>
public sealed class TensorRtRulesTests : IDisposable
{
    private static readonly Version Old = new(10, 3), New = new(10, 16);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static FormOptions Options(GraphForm form, FloatPrecision precision = FloatPrecision.Fp16,
        LinearStorage linears = LinearStorage.Int4) =>
        new() { Form = form, Rows = 4, Context = 32, Chunk = 8, Precision = precision, Linears = linears };

    [Theory]
    [MemberData(nameof(FormStudent.Names), MemberType = typeof(FormStudent))]
    public void EveryForm_OfEveryArchitecture_KeepsTheRules(string student)
    {
        using var bundle = FormStudent.Write(_directory.Path, student);
        foreach (var version in TensorRtOperators.Versions)
            foreach (var precision in Enum.GetValues<FloatPrecision>())
                foreach (var linears in Enum.GetValues<LinearStorage>())
                {
                    var options = Options(TensorRtLint.FormFor(version), precision, linears);
                    Assert.Equal(2, options.Shapes.Count);
                    foreach (var form in new[] { options, options with { Attention = AttentionStyle.MatMul } })
                    {
                        var verdict = TensorRtLint.Check(bundle, version, form, FormExport.Generate(bundle, form));
                        Assert.Empty(verdict.Findings);
                        Assert.Equal(verdict.Nodes, verdict.Taken);
                    }
                }
    }

    /// <summary>The primitive form is taken by the newer version as well; the standard one is not by the older.</summary>
    [Fact]
    public void Forms_AreTakenFromTheirVersionOn()
    {
        using var bundle = FormStudent.Write(_directory.Path, "qwen3 head norms");
        var primitive = Options(GraphForm.TensorRt103);
        Assert.Empty(TensorRtLint.Check(bundle, New, primitive, FormExport.Generate(bundle, primitive)).Findings);
        var standard = Options(GraphForm.TensorRt);
        var refused = TensorRtLint.Check(bundle, Old, standard, FormExport.Generate(bundle, standard));
        Assert.Equal(["Attention", "RMSNormalization", "RotaryEmbedding", "TensorScatter"],
            refused.Findings.Where(f => f.Rule == TensorRtRules.Operator).Select(f => f.Node.Split('_')[0]).Distinct().Order());
        Assert.True(refused.Taken < refused.Nodes);
    }

    [Fact]
    public void CudaForm_IsRefused()
    {
        using var bundle = FormStudent.Write(_directory.Path, "llama");
        var cuda = Options(GraphForm.Cuda);
        var rules = TensorRtLint.Check(bundle, New, cuda, FormExport.Generate(bundle, cuda)).Findings.Select(f => f.Rule).Distinct();
        Assert.Equal([TensorRtRules.Domain, TensorRtRules.StaticSizes], rules.Order());
    }

    /// <summary>Scales of the bundle that half precision turns into 0 are found, by the tensor's name.</summary>
    [Fact]
    public void ScaleThatVanishesInHalfPrecision_IsFound()
    {
        using (var bundle = FormStudent.Write(_directory.Path, "llama"))
        {
            using var file = new FileStream(bundle.Weights.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Position = bundle.Weights.Entry("layers.1.qkv.scale").Offset;
            file.Write(BitConverter.GetBytes(1e-9f));
        }
        using var changed = EdgeAgent.Bundles.Bundle.Open(_directory.Path);
        foreach (var version in TensorRtOperators.Versions)
        {
            var findings = TensorRtLint.Check(changed, version).Findings;
            Assert.NotEmpty(findings);
            Assert.All(findings, f => Assert.Equal((TensorRtRules.ScalePositive, true),
                (f.Rule, f.Found.Contains("layers.1.qkv.scale", StringComparison.Ordinal))));
        }
    }

    /// <summary>A change that breaks each rule, in the standard form or, where that has no such operator, the primitive one.</summary>
    private static readonly Dictionary<string, (GraphForm Form, Action<ModelProto> Break)> Mutations = new()
    {
        [TensorRtRules.Domain] = (GraphForm.TensorRt, m => First(m, "Add").Domain = "com.microsoft"),
        [TensorRtRules.Operator] = (GraphForm.TensorRt, m => First(m, "Sigmoid").OpType = "BitShift"),
        [TensorRtRules.Opset] = (GraphForm.TensorRt103, m => m.OpsetImport[0].Version = 22),
        [TensorRtRules.IrVersion] = (GraphForm.TensorRt103, m => m.IrVersion = 11),
        [TensorRtRules.Type] = (GraphForm.TensorRt, m => First(m, "Cast").Attribute[0].I = (long)DataType.Uint8),
        [TensorRtRules.SameTypes] = (GraphForm.TensorRt, m => Input(m, "past_key.0").Type.TensorType.ElemType = (int)DataType.Float),
        [TensorRtRules.StaticSizes] = (GraphForm.TensorRt,
            m => Input(m, "inputs_embeds").Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "B" }),
        [TensorRtRules.NodeNames] = (GraphForm.TensorRt, m => m.Graph.Node[1].Name = m.Graph.Node[0].Name),
        [TensorRtRules.TensorNames] = (GraphForm.TensorRt, m => m.Graph.Node[1].Output[0] = m.Graph.Node[0].Output[0]),
        [TensorRtRules.Constants] = (GraphForm.TensorRt, m => First(m, "Reshape").Input[1] = "position_ids"),
        [TensorRtRules.QuantizedConstant] = (GraphForm.TensorRt,
            m => m.Graph.Initializer.Remove(m.Graph.Initializer.First(i => i.Name == "layers.0.qkv.scale"))),
        [TensorRtRules.ScalePositive] = (GraphForm.TensorRt, NegateAScale),
        [TensorRtRules.ZeroPoint] = (GraphForm.TensorRt, AddAZeroPoint),
        [TensorRtRules.Blocks] = (GraphForm.TensorRt, m => Attribute(First(m, "DequantizeLinear"), "block_size").I = 48),
        [TensorRtRules.AttentionRank] = (GraphForm.TensorRt, m => Input(m, "attention_mask").Type.TensorType.Shape.Dim.RemoveAt(0)),
        [TensorRtRules.AttentionInputs] = (GraphForm.TensorRt, m => First(m, "Attention").Input.Add("past_key.0")),
        [TensorRtRules.AttentionAttributes] = (GraphForm.TensorRt, m => First(m, "Attention").Attribute.Add(
            new AttributeProto { Name = "softcap", F = 30, Type = AttributeProto.Types.AttributeType.Float })),
        [TensorRtRules.RotaryPositions] = (GraphForm.TensorRt,
            m => Input(m, "position_ids").Type.TensorType.ElemType = (int)DataType.Int32),
        [TensorRtRules.CacheAxis] = (GraphForm.TensorRt, m => Attribute(First(m, "TensorScatter"), "axis").I = 2),
        [TensorRtRules.CacheBinding] = (GraphForm.TensorRt,
            m => m.Graph.Output.Remove(m.Graph.Output.First(o => o.Name == "present_key.1"))),
        [TensorRtRules.ScatterReduction] = (GraphForm.TensorRt103, m => First(m, "ScatterND").Attribute.Add(new AttributeProto
        {
            Name = "reduction",
            S = ByteString.CopyFromUtf8("add"),
            Type = AttributeProto.Types.AttributeType.String,
        })),
    };

    public static TheoryData<string> Rules => [.. TensorRtRules.All.Select(r => r.Id)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void BrokenRule_IsFoundAtItsNode(string rule)
    {
        var (form, change) = Mutations[rule];
        using var bundle = FormStudent.Write(_directory.Path, "llama");
        var options = Options(form);
        var model = FormExport.Generate(bundle, options)[0].Clone();
        change(model);
        var version = form == GraphForm.TensorRt ? New : Old;
        var findings = TensorRtLint.Check(bundle, version, options, [model]).Findings;
        var found = findings.Where(f => f.Rule == rule).ToList();
        Assert.NotEmpty(found);
        Assert.All(found, f => Assert.NotEqual("", f.Node));
    }

    [Fact]
    public void Rules_HaveSourcesAndNamesOfTheirOwn()
    {
        Assert.Equal(TensorRtRules.All.Count, TensorRtRules.All.Select(r => r.Id).Distinct().Count());
        Assert.All(TensorRtRules.All, r => Assert.True(r.Source.Length > 10 && r.Text.Length > 10, r.Id));
    }

    private static void NegateAScale(ModelProto model)
    {
        var scale = model.Graph.Initializer.First(i => i.Name == "layers.0.qkv.scale");
        scale.RawData = ByteString.CopyFrom(BitConverter.GetBytes((Half)(-1)));
    }

    private static void AddAZeroPoint(ModelProto model)
    {
        model.Graph.Initializer.Add(new TensorProto { Name = "zero", DataType = (int)DataType.Int4, RawData = ByteString.CopyFrom(0x88) });
        First(model, "DequantizeLinear").Input.Add("zero");
    }

    private static NodeProto First(ModelProto model, string op) => model.Graph.Node.First(n => n.OpType == op);

    private static ValueInfoProto Input(ModelProto model, string name) => model.Graph.Input.First(i => i.Name == name);

    private static AttributeProto Attribute(NodeProto node, string name) => node.Attribute.First(a => a.Name == name);
}
