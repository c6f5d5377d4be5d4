using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Privacy.Measuring;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent eval --suite privacy FILE...</c>: personal data found in labelled texts.</summary>
internal static class EvalPrivacy
{
    public const string SuiteName = "privacy";

    public static int Run(IReadOnlyList<string> files, bool asJson, TimeProvider clock)
    {
        if (files.Count == 0) throw new UsageException("--suite privacy needs a file of labelled texts after it");
        foreach (var labelled in files)
            Print(labelled, PrivacyScores.Measure(Privacy.Desensitizer.Create(new AgentSettings().Privacy), labelled, clock), asJson);
        return ExitCodes.Success;
    }

    private static void Print(string file, PrivacyScores s, bool asJson)
    {
        if (asJson)
            Console.WriteLine(new JsonObject
            {
                ["file"] = file,
                ["texts"] = s.Texts,
                ["character_f2"] = s.CharacterF2,
                ["character_precision"] = s.CharacterPrecision,
                ["character_recall"] = s.CharacterRecall,
                ["span_f2"] = s.SpanF2,
                ["span_precision"] = s.SpanPrecision,
                ["span_recall"] = s.SpanRecall,
                ["values"] = s.Values,
                ["leaked"] = s.Leaked,
                ["ms_per_text"] = s.MillisecondsPerText,
                ["false_alarms_per_kb"] = double.IsNaN(s.FalseAlarmsPerKilobyte) ? null : s.FalseAlarmsPerKilobyte,
                ["types"] =
                    new JsonObject(
                        s.ByType.Select(t =>
                            KeyValuePair.Create(t.Key,
                                (JsonNode?)new JsonObject
                                {
                                    ["right"] = t.Value.Right,
                                    ["found"] = t.Value.Found,
                                    ["expected"] = t.Value.Expected,
                                    ["f1"] = t.Value.F1
                                }))),
            }.ToJsonString());
        else
        {
            Console.WriteLine(
                $"{s.Texts} texts: characters F2 {s.CharacterF2:F3} (precision {s.CharacterPrecision:F3}, recall " +
                $"{s.CharacterRecall:F3}), exact spans and types F2 {s.SpanF2:F3} (precision {s.SpanPrecision:F3}, recall " +
                $"{s.SpanRecall:F3}), {s.Leaked} of {s.Values} values leaked ({100.0 * s.Leaked / Math.Max(1, s.Values):F1} %), " +
                $"{s.MillisecondsPerText:F3} ms per text");
            if (!double.IsNaN(s.FalseAlarmsPerKilobyte))
                Console.WriteLine($"  {s.FalseAlarmsPerKilobyte:F2} false alarms per KB of texts without personal data");
            Console.WriteLine(
                $"  exact spans by type: " +
                $"{string.Join(", ", s.ByType.Select(t => $"{t.Key} {t.Value.Right}/{t.Value.Expected} (F1 {t.Value.F1:F3})"))}");
        }
    }
}
