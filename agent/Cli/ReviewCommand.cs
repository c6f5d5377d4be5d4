using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Answers.Review;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Hosting;
using EdgeAgent.Privacy;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent review</c>: the queue of answers that users rated, one by one.</summary>
internal static class ReviewCommand
{
    private const string Accept = "accept", Correct = "correct", Unsafe = "unsafe", Discard = "discard", Later = "later", Stop = "stop";

    private static readonly (string Choice, string Says)[] Choices =
    [
        (Accept, "the answer is right"), (Correct, "write the right answer; it is served from now on"),
        (Unsafe, "it must not be said"), (Discard, "it says nothing"), (Later, "leave it in the queue"), (Stop, "end"),
    ];

    public static Command Create(TimeProvider clock)
    {
        var store = AnswersCommand.Store();
        var list = new Option<bool>("--list") { Description = "Print the open items and end." };
        var asJson = new Option<bool>("--json") { Description = "Print the open items as JSON lines and end." };
        var id = new Option<string?>("--id") { Description = "Decide this item without asking; needs --decide." };
        var decide = new Option<string?>("--decide") { Description = $"{Accept}, {Correct}, {Unsafe} or {Discard}." };
        var answer = new Option<string?>("--answer") { Description = $"The right answer, for --decide {Correct}." };
        var command = new Command("review", "Review answers that users rated: accept, correct, mark as unsafe, discard.")
        { store, list, asJson, id, decide, answer };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var answers = AnswersCommand.Open(result.GetValue(store), clock);
            using var queue = OpenQueue(result.GetValue(store), clock);
            var open = queue.All(isOpen: true);
            if (result.GetValue(asJson))
            {
                foreach (var item in open) Console.WriteLine(JsonSerializer.Serialize(item, ReviewJson.Default.ReviewItem));
                return ExitCodes.Success;
            }
            var reviewer = new Reviewer(queue, answers, Desensitizer.Create(new AgentSettings().Privacy), clock);
            if (result.GetValue(id) is { } wanted)
                return DecideOne(reviewer, open.FirstOrDefault(i => i.Id == wanted) ?? throw new UsageException(
                    $"--id must name an open item ({open.Count} of them: --list); found '{wanted}'"), result.GetValue(decide),
                    result.GetValue(answer));
            if (open.Count == 0 || result.GetValue(list) || Console.IsInputRedirected) Print(open);
            else Ask(reviewer, open, AnsiConsole.Console);
            return ExitCodes.Success;
        }));
        return command;
    }

    /// <summary>The review queue beside a store of answers.</summary>
    internal static ReviewStore OpenQueue(string? store, TimeProvider clock) => ReviewStore.Open(
        store is null ? AgentSettings.Load(null, new Dictionary<string, string?>()).ReviewPath
            : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(store)) ?? "", AgentSettings.ReviewName), clock);

    /// <summary>Asks about each item until the reviewer stops.</summary>
    internal static void Ask(Reviewer reviewer, IReadOnlyList<ReviewItem> open, IAnsiConsole console)
    {
        foreach (var (index, item) in open.Index())
        {
            console.Write(new Panel(new Markup($"[bold]{Markup.Escape(item.Question)}[/]\n\n{Markup.Escape(item.Answer)}"))
            {
                Header = new PanelHeader($" {index + 1} of {open.Count}: {Why(item)} "),
                Expand = true
            });
            var choice = console.Prompt(new SelectionPrompt<string>().Title("What is to be done?").AddChoices(Choices.Select(c => c.Choice))
                .UseConverter(c => $"{c,-8} {Choices.First(x => x.Choice == c).Says}"));
            if (choice == Stop) return;
            if (choice != Later) AskUntilDone(reviewer, item, choice, console);
        }
        console.WriteLine("The queue is done.");
    }

    private static void AskUntilDone(Reviewer reviewer, ReviewItem item, string choice, IAnsiConsole console)
    {
        while (true)
            try
            {
                Carry(reviewer, item, choice, choice == Correct ? console.Prompt(new TextPrompt<string>("The right answer:")) : null);
                return;
            }
            catch (FormatException e)
            {
                console.MarkupLine($"[red]{Markup.Escape(e.Message)}[/]");
            }
    }

    private static int DecideOne(Reviewer reviewer, ReviewItem item, string? decision, string? answer)
    {
        if (decision is not (Accept or Correct or Unsafe or Discard))
            throw new UsageException($"--decide must be {Accept}, {Correct}, {Unsafe} or {Discard}; found '{decision}'");
        if (decision == Correct && answer is null) throw new UsageException($"--decide {Correct} needs --answer TEXT");
        Carry(reviewer, item, decision, answer);
        return ExitCodes.Success;
    }

    private static void Carry(Reviewer reviewer, ReviewItem item, string choice, string? answer)
    {
        var isDone = choice switch
        {
            Accept => reviewer.Accept(item),
            Correct => reviewer.Correct(item, answer!),
            Unsafe => reviewer.MarkUnsafe(item),
            _ => reviewer.Discard(item),
        };
        if (!isDone) Console.Error.WriteLine($"edge-agent: {item.Id} has been decided by somebody else");
    }

    private static void Print(IReadOnlyList<ReviewItem> open)
    {
        foreach (var item in open) Console.WriteLine($"{item.Id}  {Why(item)}\n  question: {item.Question}\n  answer:   {item.Answer}");
        Console.WriteLine($"{open.Count} open");
    }

    private static string Why(ReviewItem item) => item.Kind == ReviewWords.Bad ? $"rated {item.Stars} of 5" : "rated well by several users";
}
