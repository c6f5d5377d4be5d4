using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Tests.Import.Checkpoints;

namespace EdgeAgent.Tests.Import.Quantizers;

public sealed class QuantizationMethodsTests
{
    /// <summary>The form of a linear [K, N]: bits and block; 32 and 0 for float32. Sources here have no grid of their own.</summary>
    [Theory]
    [InlineData("rtn", "layers.0.down", 256, 64, 128, 4, 128)]
    [InlineData("rtn", "layers.0.down", 256, 64, 32, 4, 32)]
    [InlineData("rtn", "layers.0.down", 192, 64, 128, 4, 64)]
    [InlineData("rtn", "layers.0.down", 172, 64, 128, 32, 0)]
    [InlineData("rtn", "layers.0.down", 256, 63, 128, 32, 0)]
    [InlineData("rtn", "head", 256, 63, 128, 8, 128)]
    [InlineData("gptq", "layers.0.down", 256, 64, 128, 4, 128)]
    [InlineData("gptq", "head", 256, 64, 128, 8, 128)]
    [InlineData("keep", "layers.0.down", 256, 63, 32, 8, 32)]
    [InlineData("keep", "layers.0.down", 172, 64, 32, 32, 0)]
    [InlineData("none", "layers.0.down", 256, 64, 128, 32, 0)]
    public void Form_OfALinear_IsTheMethods(string method, string linear, int k, int n, int maxBlock, int bits, int block)
    {
        using var directory = new TemporaryDirectory();
        using var checkpoint = ModelImporter.Open(TinyLlama2c.Write(directory.Path));
        var form = QuantizationMethods.Named(method).Form(new LinearSource(checkpoint, linear, k, n), maxBlock);
        Assert.Equal((bits, block), (form?.Bits ?? 32, form?.Block ?? 0));
    }

    [Theory]
    [InlineData("rtn", "head", 64, 4)]
    [InlineData("rtn", "head", 63, 8)]
    [InlineData("rtn", "layers.0.down", 64, 4)]
    [InlineData("gptq", "head", 64, 4)]
    [InlineData("keep", "head", 64, 8)]
    public void Form_WithFourHeadBits_IsFourBitsWhereTheMethodHasTheChoice(string method, string linear, int n, int bits)
    {
        using var directory = new TemporaryDirectory();
        using var checkpoint = ModelImporter.Open(TinyLlama2c.Write(directory.Path));
        Assert.Equal(bits, QuantizationMethods.Named(method).Form(new LinearSource(checkpoint, linear, 256, n), 32, headBits: 4)?.Bits);
    }

    [Theory]
    [InlineData("Q4_0", false, "keep")]
    [InlineData("Q4_K_M", false, "keep")]
    [InlineData("Q4_0", true, "gptq")]
    [InlineData("Q8_0", false, "gptq")]
    [InlineData("F16", false, "gptq")]
    public void Default_OfACheckpoint_KeepsFourBitsAndCalibratesOthers(string type, bool hasText, string method)
    {
        using var checkpoint = ModelImporter.Open(SharedData.Path("models", "gguf-types", "tiny-llama", $"tiny-llama-{type}.gguf"));
        Assert.Equal(method, QuantizationMethods.Default(checkpoint, hasText).Name);
    }

    [Fact]
    public void All_Methods_HaveTheNamesOfTheManifest() =>
        Assert.Equal([Quantization.RoundToNearest, Quantization.Gptq, Quantization.Keep, Quantization.None],
            QuantizationMethods.All.Select(q => q.Name));

    [Fact]
    public void Named_Unknown_ListsThemAll() =>
        Assert.Contains("rtn, gptq, keep, none; found 'awq'",
            Assert.Throws<ArgumentException>(() => QuantizationMethods.Named("awq")).Message, StringComparison.Ordinal);
}
