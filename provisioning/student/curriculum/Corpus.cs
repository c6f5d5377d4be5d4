using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeAgent.Lab;

/// <summary>One alarm of the reference cell, in both languages (index 0 English, 1 Chinese).</summary>
internal sealed record Alarm(string Code, string[] Device, string[] Fault, string[] Cause, string[] Remedy, string[] FollowUp);

/// <summary>A procedure (kind how) or a fact (kind what), with its phrases and answer.</summary>
internal sealed record Topic(string Id, string Kind, string[][] Phrases, string[] Answer, string[][] Facts);


/// <summary>
/// The corpus folder, read once. <see cref="QuestionSampler"/> makes questions from it.
/// </summary>
internal sealed class Corpus
{
    public static readonly string[] Languages = ["en", "zh"];

    /// <param name="share">
    /// Of the alarms and topics, above 0 to 1: a smaller cell for quick comparisons. The codes of the others stay known.
    /// </param>
    public Corpus(string directory, double share = 1)
    {
        Alarm[] alarms = [.. File.ReadLines(Path.Combine(directory, "alarms.tsv")).Skip(1).Where(l => l.Length > 0).Select(ReadAlarm)];
        Alarms = Spread(alarms, share);
        Topics = Spread([.. File.ReadLines(Path.Combine(directory, "topics.jsonl")).Where(l => l.Length > 0).Select(ReadTopic)], share);
        Phrasings = Read(directory, "phrasings.json");
        Wrappers = Read(directory, "wrappers.json");
        OffTopic = Read(directory, "offtopic.json");
        Codes = [.. alarms.Select(a => a.Code)];
    }

    public IReadOnlyList<Alarm> Alarms { get; }
    public IReadOnlyList<Topic> Topics { get; }
    public HashSet<string> Codes { get; }
    private JsonNode Phrasings { get; }
    private JsonNode Wrappers { get; }
    private JsonNode OffTopic { get; }

    public string[] AlarmQuestions(string split, int language) => Strings(Phrasings[split]![Languages[language]]!);
    public string[] Words(int language) => Phrasings["words"]![Languages[language]]!.GetValue<string>().Split(' ');
    public string[] Wrapped(string split, string kind, int language) => Strings(Wrappers[split]![kind]![Languages[language]]!);
    public string[] OffTopicTemplates(string split, int language) => Strings(OffTopic[split]![Languages[language]]!["templates"]!);
    public string[] OffTopicFillers(string split, int language) => Strings(OffTopic[split]![Languages[language]]!["fillers"]!);
    public string Refusal(int language) => OffTopic["refusal"]![Languages[language]]!.GetValue<string>();

    public static string Answer(Alarm a, int language) => language == 0
        ? $"{a.Code}: {a.Device[0]}, {a.Fault[0]}. Likely cause: {a.Cause[0]}. Remedy: {a.Remedy[0]}, {a.FollowUp[0]}."
        : $"{a.Code}:{a.Device[1]}{a.Fault[1]}。可能原因:{a.Cause[1]}。处理:{a.Remedy[1]},{a.FollowUp[1]}。";

    /// <summary>Items spread evenly over the list.</summary>
    private static T[] Spread<T>(T[] items, double share) =>
        [.. items.Where((_, i) => Math.Floor((i + 1) * share) > Math.Floor(i * share))];

    private static Alarm ReadAlarm(string line)
    {
        var f = line.Split('\t');
        return new Alarm(f[0], [f[1], f[2]], [f[3], f[4]], [f[5], f[6]], [f[7], f[8]], [f[9], f[10]]);
    }

    private static Topic ReadTopic(string line)
    {
        var j = JsonNode.Parse(line)!;
        return new Topic(j["id"]!.GetValue<string>(), j["kind"]!.GetValue<string>(),
            [.. Languages.Select(l => Strings(j[l]!))],
            [.. Languages.Select(l => j["answer"]![l]!.GetValue<string>())],
            [.. Languages.Select(l => Strings(j["facts"]![l]!))]);
    }

    private static JsonNode Read(string directory, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(directory, file)))!;

    private static string[] Strings(JsonNode node) => node.Deserialize<string[]>()!;
}
