using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Mqtt;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent docs add FILE|DIR... DIR</c>: reads documents into a library.</summary>
internal static class DocsAddCommand
{
    private const int MaxFiles = 10_000;

    /// <summary>In the place of a role: none is needed.</summary>
    private const string Everybody = "everybody";

    /// <summary>A file to read, and the name it gets in the library.</summary>
    private sealed record Source(string Path, string Id);

    public static Command Create(TimeProvider clock)
    {
        var paths = new Argument<string[]>("FILE")
        {
            Description = $"Documents or directories of them ({string.Join(' ', DocumentReaders.Extensions)}), then the library's "
                + "directory.",
            Arity = ArgumentArity.OneOrMore
        };
        var role = new Option<string[]>("--role")
        {
            Description = "Only people with this role may read them (Knowledge:Roles); repeat it for several. 'everybody' opens them. "
                + "Default: as before, and of new ones everybody."
        };
        var asJson = DocsCommand.Json();
        var command = new Command("add", "Read documents into a library; one of the same name is replaced.") { paths, role, asJson };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var given = result.GetRequiredValue(paths);
            var library = new LibraryDirectory(DocsCommand.PathOf(given.Length > 1 ? given[^1] : null));
            var sources = given.Take(Math.Max(1, given.Length - 1)).SelectMany(Sources).ToList();
            if (sources.Count == 0)
                throw new UsageException($"expected documents that end with {string.Join(", ", DocumentReaders.Extensions)}; found none");
            if (sources.Count > MaxFiles) throw new UsageException($"expected at most {MaxFiles} documents; found {sources.Count}");
            var adding = new Adding(library, Roles(result.GetValue(role)), clock);
            using var writing = library.Lock();
            var failures = result.GetValue(asJson)
                ? await AddJsonAsync(sources, adding, cancellationToken).ConfigureAwait(false)
                : await AddShownAsync(sources, adding, cancellationToken).ConfigureAwait(false);
            return failures == 0 ? ExitCodes.Success : ExitCodes.Failure;
        }));
        return command;
    }

    /// <summary>Where documents are added, and who may read them; null: who could before.</summary>
    private sealed record Adding(LibraryDirectory Library, IReadOnlyList<string>? Roles, TimeProvider Clock)
    {
        public async Task<DocumentEntry> AddAsync(Source source, CancellationToken cancellationToken)
        {
            var text = await new ChildDocumentReader(Clock).ReadAsync(source.Path, cancellationToken).ConfigureAwait(false);
            var file = await File.ReadAllBytesAsync(source.Path, cancellationToken).ConfigureAwait(false);
            return Library.Add(source.Id, file, text, Clock.GetUtcNow(), Roles);
        }
    }

    private static IReadOnlyList<string>? Roles(string[]? given)
    {
        if (given is not { Length: > 0 }) return null;
        if (given.FirstOrDefault(r => !Topics.IsName(r)) is { } wrong)
            throw new UsageException($"a role has up to {Topics.MaxNameLength} letters, digits, '.', '_' and '-', found '{wrong}'");
        return given.Contains(Everybody) ? [] : [.. given.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<Source> Sources(string path)
    {
        if (File.Exists(path)) return [new Source(path, Path.GetFileName(path))];
        if (!System.IO.Directory.Exists(path)) throw new UsageException($"expected a document or a directory; found no '{path}'");
        return System.IO.Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(DocumentReaders.CanRead).Order(StringComparer.Ordinal)
            .Select(f => new Source(f, Path.GetRelativePath(path, f).Replace('\\', '/')));
    }

    private static async Task<int> AddJsonAsync(List<Source> sources, Adding adding, CancellationToken cancellationToken)
    {
        var results = new JsonArray();
        var failures = 0;
        foreach (var source in sources)
            try
            {
                results.Add(DocsCommand.Node(await adding.AddAsync(source, cancellationToken).ConfigureAwait(false)));
            }
            catch (DocumentException e)
            {
                failures++;
                results.Add(new JsonObject { ["id"] = source.Id, ["error"] = e.Message });
            }
        Console.WriteLine(results.ToJsonString());
        if (failures > 0) CommandErrors.Say($"{failures} of {sources.Count} documents were not added");
        return failures;
    }

    private static async Task<int> AddShownAsync(List<Source> sources, Adding adding, CancellationToken cancellationToken)
    {
        var failures = 0;
        var console = LiveConsole.Create();
        await console.Progress().HideCompleted(true).StartAsync(async progress =>
        {
            var task = progress.AddTask("documents", maxValue: sources.Count);
            foreach (var source in sources)
            {
                task.Description = Markup.Escape(source.Id);
                try
                {
                    var entry = await adding.AddAsync(source, cancellationToken).ConfigureAwait(false);
                    console.WriteLine($"{entry.Id}: {(entry.Pages > 0 ? $"{entry.Pages} pages, " : "")}{entry.Passages} passages"
                        + (entry.Problems.Count > 0 ? $", {entry.Problems.Count} problems (docs lint)" : ""));
                }
                catch (DocumentException e)
                {
                    failures++;
                    CommandErrors.Say(e.Message);
                }
                task.Increment(1);
            }
        }).ConfigureAwait(false);
        console.WriteLine($"{sources.Count - failures} of {sources.Count} documents added to {adding.Library.Path}");
        return failures;
    }
}
