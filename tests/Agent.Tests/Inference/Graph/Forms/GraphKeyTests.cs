using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Tests.Inference.Graph.Forms;

/// <summary>No two engines that differ in anything may share a name: the provider's own id ignores shapes (onnxruntime#32254).</summary>
public sealed class GraphKeyTests
{
    private static readonly FormOptions Options = new() { Form = GraphForm.TensorRt, Rows = 8, Context = 2048, Chunk = 128 };
    private static readonly GraphKey Key = new(Options, Options.Shapes[0], "ab12", "1.31.1", "10.16", "sm87");

    [Fact]
    public void Name_SaysFormAndEverySize()
    {
        Assert.Equal("tensorrt-r8-s1-c2176-fp16-int4-fused", Key.Name);
        Assert.Equal("tensorrt-r1-s128-c2176-fp16-int4-fused", (Key with { Shape = Options.Shapes[1] }).Name);
        var cuda = Options with { Form = GraphForm.Cuda, Precision = FloatPrecision.Fp32, Linears = LinearStorage.Fp16 };
        Assert.Equal("cuda-rany-sany-c2048-fp32-fp16", GraphKey.NameOf(cuda, Assert.Single(cuda.Shapes)));
    }

    [Fact]
    public void CachePrefix_DiffersInEveryPart()
    {
        GraphKey[] others =
        [
            Key, Key with { Shape = Key.Shape with { Rows = 4 } }, Key with { Shape = Key.Shape with { Tokens = 2 } },
            Key with { Shape = Key.Shape with { CacheLength = 2177 } },
            Key with { Options = Options with { Form = GraphForm.TensorRt103 } },
            Key with { Options = Options with { Precision = FloatPrecision.Fp32 } },
            Key with { Options = Options with { Linears = LinearStorage.Fp16 } },
            Key with { Options = Options with { Attention = AttentionStyle.MatMul } }, Key with { WeightsDigest = "ab13" },
            Key with { OnnxRuntime = "1.31.2" }, Key with { TensorRt = "10.3" }, Key with { Gpu = "sm90" },
        ];
        Assert.Equal(others.Length, others.Select(k => k.CachePrefix).Distinct().Count());
        Assert.Equal(Key.CachePrefix, (Key with { }).CachePrefix);
        Assert.Matches("^tensorrt-r8-s1-c2176-fp16-int4-fused-[0-9a-f]{16}$", Key.CachePrefix);
    }

    /// <summary>Both names are one: a value moved from one part to the next must not give the same digest.</summary>
    [Fact]
    public void CachePrefix_PartsDoNotRunTogether() => Assert.NotEqual((Key with { TensorRt = "10.1", Gpu = "6" }).CachePrefix,
        (Key with { TensorRt = "10.16", Gpu = "" }).CachePrefix);
}
