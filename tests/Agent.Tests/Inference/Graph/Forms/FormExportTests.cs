using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Tests.Inference.Graph.Forms;

/// <summary>What was exported loads from its own folder, after the bundle is gone.</summary>
public sealed class FormExportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private IReadOnlyList<ExportedGraph> Export(string student, FormOptions options, string? file = null)
    {
        using (var bundle = FormStudent.Write(_directory.File("bundle"), student))
        {
            var graphs = file is null ? FormExport.Write(bundle, options, _directory.File("out"))
                : FormExport.WriteFile(bundle, options, file);
            bundle.Dispose();
            Directory.Delete(_directory.File("bundle"), recursive: true);
            return graphs;
        }
    }

    [Theory]
    [InlineData("tensorrt", "fp16", "int4")]
    [InlineData("tensorrt", "fp16", "fp16")]
    [InlineData("tensorrt", "fp32", "int4")]
    [InlineData("tensorrt-10.3", "fp16", "int4")]
    [InlineData("tensorrt-10.3", "fp32", "fp16")]
    [InlineData("cuda", "fp16", "int4")]
    [InlineData("cuda", "fp32", "int4")]
    [InlineData("cuda", "fp16", "fp16")]
    [InlineData("cpu", "fp32", "int4")]
    public void Export_LoadsFromItsFolderAlone(string form, string precision, string linears)
    {
        var options = new FormOptions
        {
            Form = FormNames.Forms[form],
            Rows = 4,
            Context = 48,
            Chunk = 16,
            Precision = FormNames.Precisions[precision],
            Linears = FormNames.Storages[linears],
        };
        var graphs = Export("llama offsets", options);
        Assert.Equal(options.IsStatic ? 2 : 1, graphs.Count);
        foreach (var graph in graphs)
        {
            using var session = new InferenceSession(graph.Path, FormCheck.FloatSession(1));
            Assert.Contains("logits", session.OutputNames);
            if (options.IsStatic)
                Assert.Equal([graph.Shape.Rows, graph.Shape.Tokens, 64], session.InputMetadata["inputs_embeds"].Dimensions);
        }
        Assert.Equal(graphs.Select(g => g.Path).Append(Path.Combine(_directory.File("out"), WeightNames.FileName)).Order(),
            Directory.GetFiles(_directory.File("out")).Order());
    }

    [Fact]
    public void ExportToAFile_KeepsItsNameAndPutsTheRestBeside()
    {
        var options = new FormOptions { Form = GraphForm.TensorRt, Rows = 2, Context = 48, Chunk = 16 };
        var graphs = Export("qwen2 bias", options, _directory.File("student.onnx"));
        Assert.Equal(["student.onnx", "student.prefill.onnx", "student.weights.safetensors"],
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order());
        foreach (var graph in graphs) new InferenceSession(graph.Path, FormCheck.FloatSession(1)).Dispose();
    }

    /// <summary>Weights go through a buffer of a megabyte: an export's own memory does not grow with the student.</summary>
    [Fact]
    public void Export_AllocatesLittleOfWhatItWrites()
    {
        var a = FormStudent.All["llama float"].Architecture with { Vocabulary = 8_000, Hidden = 512, FeedForward = 1_024 };
        using var bundle = FormStudent.Write(_directory.File("bundle"), a, Storage.Float);
        var options = new FormOptions { Form = GraphForm.TensorRt, Context = 64, Chunk = 16 };
        FormExport.Write(bundle, options, _directory.File("warm"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        FormExport.Write(bundle, options, _directory.File("out"));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var written = new FileInfo(Path.Combine(_directory.File("out"), WeightNames.FileName)).Length;
        Assert.InRange(written, 12_000_000, 20_000_000);
        Assert.InRange(allocated, 0, 3_000_000);
    }

    /// <summary>An INT4 form is about as large as the bundle's linears: 4 bits stay 4 bits, and the embedding stays behind.</summary>
    [Fact]
    public void Export_Int4_IsNotLargerThanTheBundle()
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "llama");
        var tensors = DeviceWeights.Plan(bundle, new FormOptions { Form = GraphForm.TensorRt, Context = 64, Chunk = 16 });
        Assert.DoesNotContain(tensors, t => t.Name == WeightNames.Embedding);
        foreach (var (name, k, n) in WeightNames.Linears(bundle.Manifest.Architecture).Where(l => l.Name != WeightNames.Head))
            Assert.Equal((long)k * n / 2, tensors.Single(t => t.Name == WeightNames.Int4(name)).Length);
    }
}
