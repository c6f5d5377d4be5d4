using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Evaluation;
using EdgeAgent.Evaluation.Robustness;
using EdgeAgent.Hosting;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent eval --suite robustness</c>: edge cases against a whole agent over MQTT, on a free loopback port with a state directory
/// of its own. Cases with documents are asked of a second agent that has them in its library.
/// </summary>
internal static class EvalRobustness
{
    public const string SuiteName = "robustness";

    private const int ExpirySeconds = 60, ShownFailures = 30;

    /// <summary>Cases asked at a time, each of them by a client of its own.</summary>
    private const int Clients = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    /// <param name="folder">The cases; null for those that come with the agent.</param>
    public static async Task<int> RunAsync(string? folder, string model, bool isGate, bool asJson, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var cases = RobustnessCase.Load(folder ?? Path.Combine(AppContext.BaseDirectory, SuiteName));
        var (replies, leaks) = await AskAllAsync(cases, model, clock, cancellationToken).ConfigureAwait(false);
        var scores = RobustnessScores.Measure(replies);
        Print(scores, leaks, replies, asJson);
        if (!isGate || scores.Refuse(leaks.Count) is not { } refusal) return ExitCodes.Success;
        CommandErrors.Say($"{SuiteName}: {refusal}");
        return ExitCodes.Failure;
    }

    /// <returns>A reply for each case, and the files of the state directories that hold a secret.</returns>
    public static async Task<(IReadOnlyList<CaseReply> Replies, IReadOnlyList<string> Leaks)> AskAllAsync(
        IReadOnlyList<RobustnessCase> cases, string model, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (replies, leaks) = (new List<CaseReply>(), new List<string>());
        foreach (var group in cases.GroupBy(c => c.Document is not null))
        {
            var state = Directory.CreateTempSubdirectory("edge-agent-robustness-");
            try
            {
                replies.AddRange(await AskAsync([.. group], model, state.FullName, clock, cancellationToken).ConfigureAwait(false));
                leaks.AddRange(Leaks(state.FullName, [.. group.Select(c => c.Secret).OfType<string>()]));
            }
            finally
            {
                state.Delete(recursive: true);
            }
        }
        return (replies, leaks);
    }

    private static async Task<IReadOnlyList<CaseReply>> AskAsync(IReadOnlyList<RobustnessCase> cases, string model, string state,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        var library = AddDocuments(cases, state, clock);
        var settings = AgentSettings.Load(null, new Dictionary<string, string?>
        {
            ["Mqtt:Listen"] = "127.0.0.1:0",
            ["Mqtt:Broker"] = "",
            ["Http:Listen"] = "",
            ["Thermal:Enabled"] = "false",
            ["StateDirectory"] = state,
            ["Student:Model"] = model,
            ["Knowledge:Library"] = library,
        });
        using var loggers = Logs.Create(settings.Logs, directory: null,
            LogRedaction.CreateProvider(settings.Privacy).GetRedactor(LogClasses.Operational), quiet: true);
        await using var agent = new AgentHost(settings, clock, loggers);
        await agent.StartAsync(cancellationToken).ConfigureAwait(false);
        var replies = new CaseReply[cases.Count];
        await Parallel.ForAsync(0, Clients, cancellationToken, async (client, token) =>
        {
            for (var i = client; i < cases.Count; i += Clients)
                replies[i] = await AskAsync(agent.Broker, settings.Mqtt, cases[i], clock, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await agent.StopAsync(cancellationToken).ConfigureAwait(false);
        return replies;
    }

    /// <summary>Asks a case, then something ordinary on the same connection: what came twice has come by then.</summary>
    private static async Task<CaseReply> AskAsync(BrokerAddress broker, MqttOptions mqtt, RobustnessCase asked, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await using var terminal = await TerminalClient.ConnectAsync(broker, $"robustness-{asked.Id}", version5: true, clock,
            cancellationToken).ConfigureAwait(false);
        var first = await LastAsync(terminal, mqtt, asked.Body, clock, cancellationToken).ConfigureAwait(false);
        var second = await LastAsync(terminal, mqtt, TerminalClient.Question("What does alarm SP-14 mean?"), clock, cancellationToken)
            .ConfigureAwait(false);
        if (second is null || second.IsError)
            return new CaseReply(asked, 0, null, "the agent does not answer any more");
        if (first is null) return new CaseReply(asked, 0, null, null);
        var error = first.Body["error"] is JsonObject e ? $"{e["code"]}: {e["message"]}" : null;
        return new CaseReply(asked, 1 + terminal.LateReplies, error is null ? first.Text ?? "" : null, error);
    }

    private static async Task<TerminalReply?> LastAsync(TerminalClient terminal, MqttOptions mqtt, JsonObject body, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await foreach (var reply in terminal.AskAsync(mqtt.Site, mqtt.Device, body, ExpirySeconds, both.Token).ConfigureAwait(false))
                if (!reply.IsPiece) return reply;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // no reply in time
        }
        return null;
    }

    /// <returns>The library's directory; empty without documents.</returns>
    private static string AddDocuments(IReadOnlyList<RobustnessCase> cases, string state, TimeProvider clock)
    {
        var documents = cases.Select(c => c.Document).OfType<CaseDocument>().DistinctBy(d => d.Name).ToList();
        if (documents.Count == 0) return "";
        var library = new LibraryDirectory(Path.Combine(state, "library"));
        var folder = Directory.CreateDirectory(Path.Combine(state, "documents")).FullName;
        foreach (var document in documents)
        {
            var file = Path.Combine(folder, document.Name);
            DurableFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(document.Text)));
            library.Add(document.Name, File.ReadAllBytes(file), DocumentReaders.Read(file), clock.GetUtcNow());
        }
        return Path.Combine(state, "library");
    }

    /// <summary>The files below a directory that hold a secret, whatever their kind.</summary>
    private static IEnumerable<string> Leaks(string directory, IReadOnlyList<string> secrets)
    {
        if (secrets.Count == 0) yield break;
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            if (secrets.Any(s => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(s)) >= 0)) yield return Path.GetFileName(file);
        }
    }

    private static void Print(RobustnessScores scores, IReadOnlyList<string> leaks, IReadOnlyList<CaseReply> replies, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["suite"] = SuiteName,
                ["cases"] = replies.Count,
                ["one_reply"] = Node(scores.OneReply),
                ["no_leak"] = Node(scores.NoLeak),
                ["behaved"] = Node(scores.Behaved),
                ["files_with_secrets"] = leaks.Count,
                ["wrong"] = new JsonArray([.. scores.Wrong.Select(w => (JsonNode)new JsonObject { ["id"] = w.Id, ["what"] = w.What })]),
            }.ToJsonString());
            return;
        }
        Console.WriteLine($"{replies.Count} cases\n  exactly one reply    {scores.OneReply}\n  no leak              {scores.NoLeak}\n"
            + $"  files with secrets   {leaks.Count}\n  required behaviour   {scores.Behaved}");
        var wrong = scores.Wrong.Select(w => w.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var category in replies.GroupBy(r => r.Case.Category))
            Console.WriteLine($"    {category.Key,-14} {category.Count(r => !wrong.Contains(r.Case.Id))} of {category.Count()}");
        foreach (var (id, what) in scores.Wrong.Take(ShownFailures)) Console.WriteLine($"  {id}: {what}");
    }

    private static JsonObject Node(Share share) =>
        new() { ["hits"] = share.Hits, ["of"] = share.Of, ["low"] = share.Low, ["high"] = share.High };
}
