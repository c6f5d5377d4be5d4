using System.CommandLine;
using System.Globalization;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent demo</c>: broker, student and three terminals in one process, on a free loopback port. Ends by itself.</summary>
internal static class DemoCommand
{
    private sealed record Terminal(string Name, bool Version5, string[] Questions);

    private sealed record Outcome(string Terminal, string Question, string Answer, string Source, string Level, double FirstTokenMs,
        double TotalMs, double TokensPerSecond);

    private static readonly Terminal[] Terminals =
    [
        new("lathe-hmi (MQTT 5)", true, ["主轴变频器报警 SP-14 怎么处理?", "夜班时间是什么?", "急停复位的步骤? 怎么复位急停?"]),
        new("robot-panel (MQTT 5)", true, ["Alarm RB-12, what should I do?", "How do I home the robot?", "What is the capital of France?"]),
        new("old-panel (MQTT 3.1.1)", false, ["传送带 CV-10 报警怎么解决?", "What does alarm ZZ-99 mean?", "How do I change a cutting insert?"]),
    ];

    /// <summary>Simulated temperatures: seconds since the start, degrees Celsius.</summary>
    private const string Cool = "t_s,tj_c\n0,55\n", Hot = "t_s,tj_c\n0,93\n";

    private static readonly AnswerEntry Curated = new()
    {
        Id = "water",
        Questions = ["Where is the main water valve?", "where do I find the water main", "location of the water valve"],
        Answer = "Behind gate 4, red wheel; turn it clockwise to close."
    };

    public static Command Create(TimeProvider clock)
    {
        var fast = new Option<bool>("--fast") { Description = "Ask one question per terminal, and do not heat up." };
        var command = new Command("demo", "Three terminals ask the bundled student over MQTT.") { fast };
        command.SetAction((result, cancellationToken) =>
            CommandErrors.RunAsync(() => RunAsync(result.GetValue(fast), clock, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(bool fast, TimeProvider clock, CancellationToken cancellationToken)
    {
        // a state directory that is deleted at the end
        var state = Directory.CreateTempSubdirectory("edge-agent-demo-");
        try
        {
            return await RunAsync(fast, state.FullName, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(bool fast, string state, TimeProvider clock, CancellationToken cancellationToken)
    {
        var heat = Path.Combine(state, "heat.csv");
        await File.WriteAllTextAsync(heat, Cool, cancellationToken).ConfigureAwait(false);
        var settings = AgentSettings.Load(null,
            new Dictionary<string, string?>
            {
                ["Mqtt:Listen"] = "127.0.0.1:0",
                ["Mqtt:Broker"] = "",
                ["Http:Listen"] = "",
                ["StateDirectory"] = state,
                ["SimulateHeat"] = fast ? "" : heat,
                ["Thermal:Enabled"] = fast ? "false" : "true"
            });
        using (var answers = AnswerStore.Open(settings.AnswersPath, clock)) answers.Put([Curated], clock.GetUtcNow());
        using var loggers = Logs.Create(settings.Logs, directory: null,
            LogRedaction.CreateProvider(settings.Privacy).GetRedactor(LogClasses.Operational), quiet: true);
        await using var agent = new AgentHost(settings, clock, loggers);
        await agent.StartAsync(cancellationToken).ConfigureAwait(false);
        Console.WriteLine(
            $"agent ready: {agent.Broker}, student {agent.Student.Manifest.Name} {agent.Student.Manifest.Version} on " +
            $"{agent.Student.Provider}");
        var outcomes = new List<Outcome>();
        var clients = new List<TerminalClient>();
        try
        {
            foreach (var terminal in Terminals)
            {
                var client =
                    await TerminalClient.ConnectAsync(agent.Broker, $"demo-{clients.Count + 1}", terminal.Version5, clock,
                        cancellationToken).ConfigureAwait(false);
                clients.Add(client);
                Console.WriteLine();
                Console.WriteLine($"{terminal.Name} asks: {terminal.Questions[0]}");
                outcomes.Add(
                    await AskAsync(client, settings, terminal, terminal.Questions[0], echo: true, cancellationToken).ConfigureAwait(false));
            }
            if (!fast)
            {
                Console.WriteLine();
                Console.WriteLine("now all three at once ...");
                outcomes.AddRange(
                    (await Task.WhenAll(
                        Terminals.Select((t, i) => AskRestAsync(clients[i], settings, t, cancellationToken))).ConfigureAwait(false))
                    .SelectMany(o => o));
            }
            if (!fast) outcomes.AddRange(await HotAsync(clients[0], settings, clock, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            foreach (var client in clients) await client.DisposeAsync().ConfigureAwait(false);
        }
        await agent.StopAsync(cancellationToken).ConfigureAwait(false);
        PrintTable(outcomes);
        return outcomes.TrueForAll(o => o.Answer.Length > 0 && o.Source == (o.Level is "L3" or "L4" ? "curated" : "model"))
            ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Simulated heat suspends generation; the curated answer is still served.</summary>
    private static async Task<List<Outcome>> HotAsync(TerminalClient client, AgentSettings settings, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        Console.WriteLine();
        Console.WriteLine("the device heats up to 93 C ...");
        await File.WriteAllTextAsync(settings.SimulateHeat, Hot, cancellationToken).ConfigureAwait(false);
        for (var start = clock.GetTimestamp(); clock.GetElapsedTime(start) < TimeSpan.FromSeconds(60);)
        {
            var outcome =
                await AskAsync(client, settings, Terminals[0], "where is the main water valve", echo: false,
                    cancellationToken).ConfigureAwait(false);
            if (outcome.Level is "L3" or "L4") return [outcome];
            await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellationToken).ConfigureAwait(false);
        }
        return [new Outcome(Terminals[0].Name, "where is the main water valve", "the device did not reach L3", "none", "L0", 0, 0, 0)];
    }

    private static async Task<List<Outcome>> AskRestAsync(TerminalClient client, AgentSettings settings, Terminal terminal,
        CancellationToken cancellationToken)
    {
        var outcomes = new List<Outcome>();
        foreach (var question in terminal.Questions.Skip(1))
            outcomes.Add(await AskAsync(client, settings, terminal, question, echo: false, cancellationToken).ConfigureAwait(false));
        return outcomes;
    }

    private static async Task<Outcome> AskAsync(TerminalClient client, AgentSettings settings, Terminal terminal, string question,
        bool echo, CancellationToken cancellationToken)
    {
        await foreach (var reply in client.AskAsync(settings.Mqtt.Site, settings.Mqtt.Device, TerminalClient.Question(question),
            expirySeconds: terminal.Version5 ? 30u : null, cancellationToken).ConfigureAwait(false))
        {
            if (reply.IsPiece)
            {
                if (echo) Console.Write(reply.Text);
                continue;
            }
            if (echo) Console.WriteLine();
            if (reply.IsError)
                return new Outcome(terminal.Name, question, reply.Body["error"]!["message"]!.GetValue<string>(),
                    reply.Body["error"]!["code"]!.GetValue<string>(), "", 0, 0, 0);
            var agent = reply.Body["agent"]!;
            double first = agent["ttft_ms"]?.GetValue<double>() ?? 0, total = agent["total_ms"]!.GetValue<double>();
            var tokens = agent["tokens"]!.GetValue<long>();
            return new Outcome(terminal.Name, question, reply.Text!, agent["source"]!.GetValue<string>(),
                agent["level"]!.GetValue<string>(), first, total, tokens / Math.Max(total / 1000, 1e-6));
        }
        return new Outcome(terminal.Name, question, "", "none", "", 0, 0, 0);
    }

    private static void PrintTable(List<Outcome> outcomes)
    {
        Console.WriteLine();
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 150;
        var table = new Table { ShowRowSeparators = true }.AddColumns("terminal", "question", "answer", "source", "level");
        foreach (var name in new[] { "first ms", "total ms", "tokens/s" }) table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
        foreach (var o in outcomes)
            table.AddRow(Markup.Escape(o.Terminal), Markup.Escape(o.Question), Markup.Escape(o.Answer), o.Source, o.Level,
                Number(o.FirstTokenMs), Number(o.TotalMs), o.TokensPerSecond.ToString("F0", CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
    }

    private static string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
