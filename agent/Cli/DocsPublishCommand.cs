using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent docs publish DIR</c>: a library on a site's broker, for a rollout.</summary>
internal static class DocsPublishCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = DocsCommand.Directory();
        var golden = new Option<string?>("--golden")
        {
            Description = "Questions (JSON lines, as eval --suite docs takes them) that go with the library: a device takes it only where "
                + "it answers them as well as Updates:GoldenShare says."
        };
        var command = new Command("publish",
            "Put a library on the broker as retained chunks, signed; prints its SHA-256 for 'fleet rollout --library'.")
        { directory, golden };
        var options = new PublishOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var library = new LibraryDirectory(DocsCommand.PathOf(result.GetValue(directory)));
            if (!library.Exists)
                throw new LibraryException($"expected a library in '{library.Path}'; found none. 'edge-agent docs add FILE "
                    + $"{library.Path}' makes one");
            using var writing = library.Lock();
            if (result.GetValue(golden) is { } suite)
            {
                DocsSuite.Load(suite); // says what is wrong with it
                DurableFile.WriteAllBytes(Path.Combine(library.Path, Bundle.GoldenFileName), File.ReadAllBytes(suite));
            }
            LibraryArtefact.Kind.Check(library.Path);
            await options.RunAsync(result, library.Path, LibraryArtefact.Kind, clock, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Success;
        }));
        return command;
    }
}
