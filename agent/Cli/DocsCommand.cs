using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent docs ...</c>: the plant's manuals.</summary>
internal static class DocsCommand
{
    public static Command Create(TimeProvider clock) =>
        new("docs", "The plant's manuals: a library that answers with document and page.")
        {
            DocsAddCommand.Create(clock), List(), Show(), DocsSearchCommand.Create(), Remove(clock), Lint(),
            DocsPublishCommand.Create(clock), DocsBenchCommand.Create(clock), Read()
        };

    internal static Argument<string?> Directory() => new("DIR")
    {
        Description = "The library's directory. Default: Knowledge:Library.",
        Arity = ArgumentArity.ZeroOrOne
    };

    internal static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    /// <exception cref="UsageException">No directory is named or configured.</exception>
    internal static string PathOf(string? directory) =>
        directory ?? (AgentSettings.Load(null, new Dictionary<string, string?>()).Knowledge.Library is { Length: > 0 } configured
            ? configured : throw new UsageException("name the library's directory, or set Knowledge:Library"));

    private static LibraryManifest Manifest(string? directory)
    {
        var library = new LibraryDirectory(PathOf(directory));
        return library.Exists ? library.ReadManifest()
            : throw new LibraryException($"expected a library in '{library.Path}'; found none. 'edge-agent docs add FILE {library.Path}' "
                + "makes one");
    }

    private static Command List()
    {
        var (directory, asJson) = (Directory(), Json());
        var command = new Command("list", "List the documents of a library.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var documents = Manifest(result.GetValue(directory)).Documents;
            if (result.GetValue(asJson)) Console.WriteLine(new JsonArray([.. documents.Select(Node)]).ToJsonString());
            else
                foreach (var d in documents)
                    Console.WriteLine($"{d.Id}: {d.Title}; version {d.Version}, {d.Language}, {(d.Pages > 0 ? $"{d.Pages} pages, " : "")}"
                        + $"{d.Passages} passages, added {d.AddedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}"
                        + (d.Roles.Count > 0 ? $", for {string.Join(", ", d.Roles)}" : "")
                        + (d.Problems.Count > 0 ? $", {d.Problems.Count} problems (docs lint)" : ""));
            return ExitCodes.Success;
        }));
        return command;
    }

    internal static JsonNode Node(DocumentEntry entry) => JsonSerializer.SerializeToNode(entry, ManifestJson.Default.DocumentEntry)!;

    private static Command Show()
    {
        var document = new Argument<string>("DOCUMENT") { Description = "Its name, as docs list gives it." };
        var page = new Option<int?>("--page") { Description = "This page only." };
        var (directory, asJson) = (Directory(), Json());
        var command = new Command("show", "Print the passages of a document as they are searched.") { document, directory, page, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var name = result.GetRequiredValue(document);
            var library = new LibraryDirectory(PathOf(result.GetValue(directory)));
            var entry = library.ReadManifest().Documents.FirstOrDefault(d => d.Id == name)
                ?? throw new LibraryException($"expected a document of the library; found no '{name}'. 'docs list' names them");
            foreach (var passage in library.ReadPassages(entry).Where(p => result.GetValue(page) is not { } number || p.Page == number))
                if (result.GetValue(asJson)) Console.WriteLine(JsonSerializer.Serialize(passage, PassageJson.Default.Passage));
                else Console.WriteLine($"--- {(passage.Page is { } p ? $"p. {p}, " : "")}{passage.Section}\n{passage.Text}");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Remove(TimeProvider clock)
    {
        var document = new Argument<string>("DOCUMENT") { Description = "Its name, as docs list gives it." };
        var directory = Directory();
        var command = new Command("remove", "Remove a document from a library.") { document, directory };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var name = result.GetRequiredValue(document);
            var library = new LibraryDirectory(PathOf(result.GetValue(directory)));
            using var writing = library.Lock();
            if (!library.Remove(name, clock.GetUtcNow()))
                throw new LibraryException($"expected a document of the library; found no '{name}'. 'docs list' names them");
            Console.WriteLine($"{name} removed");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Lint()
    {
        var (directory, asJson) = (Directory(), Json());
        var command = new Command("lint", "Say what of the documents could not be read, page by page.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var path = PathOf(result.GetValue(directory));
            var problems = Manifest(path).Documents.SelectMany(d => d.Problems.Select(p => (d.Id, p.Page, p.Problem))).ToList();
            problems.AddRange(Library.Load(path).Damaged.Select(d => ("library", (int?)null, d)));
            if (result.GetValue(asJson))
                Console.WriteLine(new JsonArray([.. problems.Select(p => new JsonObject
                {
                    ["document"] = p.Item1, ["page"] = p.Item2, ["problem"] = p.Item3
                })]).ToJsonString());
            else if (problems.Count == 0) Console.WriteLine("everything was read");
            else
                foreach (var (id, page, problem) in problems) Console.WriteLine($"{id}{(page is { } n ? $", p. {n}" : "")}: {problem}");
            return problems.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
        }));
        return command;
    }

    /// <summary>The child process of <c>docs add</c>: one document in, its text as JSON out.</summary>
    private static Command Read()
    {
        var file = new Argument<string>("FILE");
        var command = new Command("read", "Read one document and print its text as JSON.") { file };
        command.Hidden = true;
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var text = DocumentReaders.Read(result.GetRequiredValue(file));
            Console.Out.Write(JsonSerializer.Serialize(text, PassageJson.Default.DocumentText));
            return ExitCodes.Success;
        }));
        return command;
    }
}
