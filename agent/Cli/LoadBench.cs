using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Serving;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>bench --load</c>: open-loop arrivals at multiples of the measured capacity.</summary>
internal sealed class LoadBench
{
    private readonly Option<string?> _load = new("--load")
    {
        Description = "Offer this multiple of the capacity, such as 2 or 0.8,2,4: questions arrive whether or not others are answered.",
    };

    private readonly Option<string> _duration = new("--duration")
    {
        Description = "How long to offer each load.",
        DefaultValueFactory = _ => "30s"
    };

    private readonly Option<string> _deadline = new("--deadline")
    {
        Description = "Time in which a question must be answered.",
        DefaultValueFactory = _ => "5s"
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Seed of arrivals and lengths." };
    private readonly Option<int> _clients = new("--clients") { Description = "Clients that ask.", DefaultValueFactory = _ => 20 };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _load, _duration, _deadline, _seed, _clients }) command.Add(option);
    }

    public bool IsAsked(ParseResult result) => result.GetValue(_load) is not null;

    /// <summary>The options, checked before the student is loaded.</summary>
    /// <exception cref="UsageException"/>
    public LoadPlan Plan(ParseResult result, int prompt, int generate)
    {
        var plan = new LoadPlan(Factors(result.GetValue(_load)!), OptionValues.Duration("--duration", result.GetValue(_duration)!),
            OptionValues.Duration("--deadline", result.GetValue(_deadline)!), result.GetValue(_seed), result.GetValue(_clients), prompt,
            generate);
        return plan.Clients is >= 1 and <= 10_000
            ? plan : throw new UsageException($"--clients must be 1..10000, found {plan.Clients}");
    }

    public static void Run(Student student, LoadPlan plan, TimeProvider clock, bool asJson)
    {
        if (plan.Prompt * 3 / 2 + plan.Generate * 3 / 2 >= student.Context)
            throw new UsageException($"--prompt and --generate, each half as much again, must fit the context of {student.Context} tokens");
        var load = new OpenLoad(student, plan, clock);
        var capacity = load.CapacityAsync().GetAwaiter().GetResult();
        List<LoadFigures> all = [.. plan.Factors.Select(f => load.RunAsync(f, capacity).GetAwaiter().GetResult())];
        if (asJson) Console.WriteLine(ToJson(student, plan, capacity, all).ToJsonString());
        else Print(student, plan, capacity, all);
    }

    private static List<double> Factors(string text) => [.. text.Split(',').Select(part =>
        double.TryParse(part, CultureInfo.InvariantCulture, out var factor) && factor is >= 0.01 and <= 100
            ? factor : throw new UsageException($"--load must be numbers in 0.01..100, found '{part}'"))];

    private static void Print(Student student, LoadPlan plan, double capacity, List<LoadFigures> all)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{student.Manifest.Name} {student.Manifest.Version}, {student.Provider}, {student.Rows} rows: " +
            $"capacity {capacity:F1} answers/s (" +
            $"{plan.Prompt} prompt and {plan.Generate} answer tokens on average, {plan.Clients} clients, seed {plan.Seed}, closed loop)"));
        Console.WriteLine($"each load for {plan.Duration.TotalSeconds:F0} s, answers wanted within {plan.Deadline.TotalSeconds:G3} s");
        var table = new Table().AddColumns("load", "asked", "goodput/s", "of capacity", "late", "withdrawn", "refused",
            "refused p50/p99 ms", "answered p50/p99 ms", "memory MB");
        foreach (var f in all)
            table.AddRow($"{f.Factor:G3}", $"{f.Asked}", $"{f.Goodput:F1}", $"{f.Goodput / capacity:P0}", $"{f.LateShare:P1}",
                $"{f.WithdrawnShare:P1}", $"{f.Refused}", $"{f.RefusalP50Ms:F1}/{f.RefusalP99Ms:F1}",
                $"{f.AnswerP50Ms:F0}/{f.AnswerP99Ms:F0}", $"{f.MemoryBeforeMb:F0} -> {f.MemoryAfterMb:F0}");
        AnsiConsole.Write(table);
    }

    private static JsonObject ToJson(Student student, LoadPlan plan, double capacity, List<LoadFigures> all) => new()
    {
        ["model"] = student.Manifest.Name,
        ["version"] = student.Manifest.Version,
        ["provider"] = student.Provider.Got.ToString(),
        ["provider_form"] = student.Provider.Form,
        ["rows"] = student.Rows,
        ["prompt"] = plan.Prompt,
        ["generate"] = plan.Generate,
        ["clients"] = plan.Clients,
        ["seed"] = plan.Seed,
        ["duration_s"] = plan.Duration.TotalSeconds,
        ["deadline_s"] = plan.Deadline.TotalSeconds,
        ["capacity_per_s"] = Math.Round(capacity, 2),
        ["loads"] = new JsonArray([.. all.Select(f => (JsonNode)new JsonObject
        {
            ["factor"] = f.Factor,
            ["asked"] = f.Asked,
            ["answered"] = f.Answered,
            ["late"] = f.Late,
            ["withdrawn"] = f.Withdrawn,
            ["refused"] = f.Refused,
            ["goodput_per_s"] = Math.Round(f.Goodput, 2),
            ["goodput_share"] = Math.Round(f.Goodput / capacity, 3),
            ["late_share"] = Math.Round(f.LateShare, 4),
            ["withdrawn_share"] = Math.Round(f.WithdrawnShare, 4),
            ["refusal_p50_ms"] = Math.Round(f.RefusalP50Ms, 2),
            ["refusal_p99_ms"] = Math.Round(f.RefusalP99Ms, 2),
            ["answer_p50_ms"] = Math.Round(f.AnswerP50Ms, 1),
            ["answer_p99_ms"] = Math.Round(f.AnswerP99Ms, 1),
            ["memory_before_mb"] = Math.Round(f.MemoryBeforeMb, 1),
            ["memory_after_mb"] = Math.Round(f.MemoryAfterMb, 1),
        })]),
    };
}
