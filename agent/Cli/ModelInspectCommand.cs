using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Foreign;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent model inspect</c>: the manifest and tensors of a bundle, or the inputs and outputs of a foreign decoder.
/// </summary>
internal static class ModelInspectCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle, or a foreign ONNX decoder." };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("inspect", "Show the manifest and tensors of a bundle.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var path = result.GetRequiredValue(directory);
            if (OpenModel.IsForeign(path)) Console.WriteLine(DescribeForeign(path).ToJsonString());
            else PrintBundle(path, result.GetValue(asJson));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static void PrintBundle(string path, bool asJson)
    {
        using var bundle = Bundle.Open(path);
        var manifest = JsonSerializer.SerializeToNode(bundle.Manifest, ManifestJson.Default.StudentManifest)!;
        var tensors = bundle.Weights.Entries.Values.OrderBy(e => e.Offset);
        if (asJson)
        {
            manifest["tensors"] = new JsonArray([.. tensors.Select(e => (JsonNode)Describe(e))]);
            Console.WriteLine(manifest.ToJsonString());
            return;
        }
        Console.WriteLine(manifest.ToString());
        var table = new Table().AddColumns("tensor", "type", "shape", "bytes");
        foreach (var e in tensors) table.AddRow(e.Name, $"{e.Type}", $"[[{string.Join(", ", e.Shape)}]]", $"{e.Length:N0}");
        AnsiConsole.Write(table);
    }

    private static JsonObject Describe(SafetensorsEntry e) => new()
    {
        ["name"] = e.Name,
        ["type"] = e.Type.ToString(),
        ["shape"] = new JsonArray([.. e.Shape.Select(d => (JsonNode)d)]),
        ["bytes"] = e.Length,
    };

    private static JsonObject DescribeForeign(string directory)
    {
        var model = ForeignModel.Load(directory);
        using var decoder = new ForeignDecoder(model, new DecoderOptions());
        return new JsonObject
        {
            ["name"] = model.Manifest().Name,
            ["type"] = model.Type,
            ["graph"] = model.GraphFile,
            ["vocabulary"] = model.Vocabulary,
            ["context"] = model.Context,
            ["eos_ids"] = new JsonArray([.. model.EosIds.Select(id => (JsonNode)id)]),
            ["inputs"] = new JsonArray([.. decoder.Inputs.Select(n => (JsonNode)n)]),
            ["outputs"] = new JsonArray([.. decoder.Outputs.Select(n => (JsonNode)n)]),
        };
    }
}
