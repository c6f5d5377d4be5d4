using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model export</c>: the graphs a device would run, as files for trtexec, Netron or a bug report.</summary>
internal static class ModelExportCommand
{
    private const int DefaultContext = 2048;

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var arguments = new ExportArguments();
        var command = new Command("export", "Write the graphs a device would run, with their weights beside them.") { directory };
        foreach (var option in arguments.All) command.Options.Add(option);
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var bundle = Bundle.Open(result.GetRequiredValue(directory));
            var options = arguments.Options(result, bundle.Manifest.Architecture.Context, DefaultContext);
            var output = result.GetRequiredValue(arguments.To);
            var graphs = Write(bundle, options, output);
            foreach (var graph in graphs)
                Console.WriteLine($"{graph.Path}: graph {graph.Name}, {graph.Model.Graph.Node.Count} nodes");
            if (options.IsStatic) PrintVerdict(bundle, options, graphs);
            if (result.GetValue(arguments.Check)) Console.WriteLine(FormCheck.Run(bundle, options, graphs));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static IReadOnlyList<ExportedGraph> Write(Bundle bundle, FormOptions options, string output)
    {
        var isFile = output.EndsWith(FormExport.GraphSuffix, StringComparison.OrdinalIgnoreCase);
        if (isFile && Directory.Exists(output)) throw new UsageException($"--out expects a file or a folder; '{output}' is a folder");
        if (!isFile && File.Exists(output))
            throw new UsageException($"--out expects a folder, or a file that ends in {FormExport.GraphSuffix}; '{output}' is a file");
        var folder = Path.GetFullPath(isFile ? Path.GetDirectoryName(Path.GetFullPath(output))! : output);
        if (folder == Path.GetFullPath(bundle.Directory))
            throw new UsageException("--out is the bundle itself; a bundle's files are signed and stay as they are");
        var graphs = isFile ? FormExport.WriteFile(bundle, options, output) : FormExport.Write(bundle, options, output);
        var manifest = isFile ? $"{Path.GetFileNameWithoutExtension(output)}.{FormManifest.Suffix}" : FormManifest.Suffix;
        FormManifest.Write(Path.Combine(folder, manifest), bundle, options, graphs);
        return graphs;
    }

    private static void PrintVerdict(Bundle bundle, FormOptions options, IReadOnlyList<ExportedGraph> graphs)
    {
        foreach (var version in TensorRtOperators.Versions.Where(v => TensorRtLint.FormFor(v) == options.Form))
        {
            var verdict = TensorRtLint.Check(bundle, version, options, [.. graphs.Select(g => g.Model)]);
            Console.WriteLine($"TensorRT {version}: takes {verdict.Taken} of {verdict.Nodes} nodes by its published rules");
            foreach (var finding in verdict.Findings) Console.WriteLine($"  {finding}");
        }
    }
}
