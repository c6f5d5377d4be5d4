using System.Security.Cryptography;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Graph.Onnx;
using EdgeAgent.Platform;
using Google.Protobuf;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>A graph that was written, with its path.</summary>
internal sealed record ExportedGraph(GraphShape Shape, string Name, string Path, ModelProto Model);

/// <summary>
/// Writes a form: its graphs and one file of weights beside them, which they name as external data. The weights are streamed from
/// the mapped bundle; a graph is some hundred kilobytes.
/// </summary>
internal static class FormExport
{
    public const string GraphSuffix = ".onnx", DecodeFile = "decode.onnx", PrefillFile = "prefill.onnx", GraphFile = "model.onnx";

    /// <summary>Writes into a folder: decode.onnx and prefill.onnx, or model.onnx, and weights.safetensors.</summary>
    /// <exception cref="ModelFileException">The bundle lacks a tensor.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static IReadOnlyList<ExportedGraph> Write(Bundle bundle, FormOptions options, string folder)
    {
        Directory.CreateDirectory(folder);
        return Write(bundle, options, folder, options.IsStatic ? DecodeFile : GraphFile, PrefillFile, WeightNames.FileName);
    }

    /// <summary>Writes the decode graph to FILE.onnx, prefill to FILE.prefill.onnx and weights to FILE.weights.safetensors.</summary>
    public static IReadOnlyList<ExportedGraph> WriteFile(Bundle bundle, FormOptions options, string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Directory.CreateDirectory(folder);
        var stem = Path.GetFileNameWithoutExtension(file);
        return Write(bundle, options, folder, Path.GetFileName(file), stem + ".prefill" + GraphSuffix, $"{stem}.{WeightNames.FileName}");
    }

    /// <summary>What <see cref="Write(Bundle, FormOptions, string)"/> wrote into a folder.</summary>
    public static IReadOnlyList<ExportedGraph> Open(FormOptions options, string folder)
    {
        string[] files = options.IsStatic ? [DecodeFile, PrefillFile] : [GraphFile];
        return [.. options.Shapes.Zip(files, (shape, file) =>
        {
            var path = Path.Combine(folder, file);
            var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            return new ExportedGraph(shape, model.Graph.Name, path, model);
        })];
    }

    /// <summary>Bytes of a form's weights on its device.</summary>
    public static long WeightBytes(Bundle bundle, FormOptions options) => DeviceWeights.Plan(bundle, options).Sum(t => t.Length);

    /// <summary>The graphs of a form without their weights file: what a check of the rules reads.</summary>
    public static IReadOnlyList<ModelProto> Generate(Bundle bundle, FormOptions options)
    {
        var entries = DeviceWeights.Entries(DeviceWeights.Plan(bundle, options));
        return [.. options.Shapes.Select(shape => Generate(bundle, options, shape, entries, WeightNames.FileName))];
    }

    /// <summary>SHA-256 over graphs, hexadecimal: generator, sizes and options are in it.</summary>
    public static string Hash(IEnumerable<ModelProto> graphs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var graph in graphs) hash.AppendData(graph.ToByteArray());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of the bundle's weights, hexadecimal: part of an engine's key.</summary>
    public static string WeightsDigest(Bundle bundle)
    {
        using var stream = File.OpenRead(bundle.Weights.Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static List<ExportedGraph> Write(Bundle bundle, FormOptions options, string folder, string first, string second,
        string weightsFile)
    {
        if (options.Form == GraphForm.Cpu) return [WriteCpu(bundle, options, folder, first, weightsFile)];
        var tensors = DeviceWeights.Plan(bundle, options);
        var weightsPath = Path.Combine(folder, weightsFile);
        SafetensorsWriter.Write(weightsPath, tensors);
        IReadOnlyDictionary<string, SafetensorsEntry> entries;
        using (var written = SafetensorsFile.Open(weightsPath)) entries = written.Entries;
        var graphs = new List<ExportedGraph>();
        foreach (var shape in options.Shapes)
        {
            var path = Path.Combine(folder, graphs.Count == 0 ? first : second);
            var model = Generate(bundle, options, shape, entries, weightsFile);
            DurableFile.WriteAllBytes(path, model.ToByteArray());
            graphs.Add(new ExportedGraph(shape, model.Graph.Name, path, model));
        }
        return graphs;
    }

    /// <summary>The cpu form reads the bundle's own weights file: it is copied.</summary>
    private static ExportedGraph WriteCpu(Bundle bundle, FormOptions options, string folder, string file, string weightsFile)
    {
        var model = ModelProto.Parser.ParseFrom(CpuDecoderGraph.Generate(bundle, options.Context));
        foreach (var location in model.Graph.Initializer.SelectMany(i => i.ExternalData).Where(e => e.Key == "location"))
            location.Value = weightsFile;
        DurableFile.Write(Path.Combine(folder, weightsFile), target =>
        {
            using var source = File.OpenRead(bundle.Weights.Path);
            source.CopyTo(target);
        });
        var path = Path.Combine(folder, file);
        DurableFile.WriteAllBytes(path, model.ToByteArray());
        return new ExportedGraph(options.Shapes[0], GraphKey.NameOf(options, options.Shapes[0]), path, model);
    }

    private static ModelProto Generate(Bundle bundle, FormOptions options, GraphShape shape,
        IReadOnlyDictionary<string, SafetensorsEntry> entries, string file) =>
        FormGraph.Generate(bundle.Manifest.Architecture, options, shape, bundle.Manifest.Quantization.Block, entries, file);
}
