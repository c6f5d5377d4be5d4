using System.Globalization;
using EdgeAgent.Hosting.Health;

namespace EdgeAgent.Cli;

/// <summary>The doctor's findings as text for a terminal of 80 columns. A command is never broken: it is there to be copied.</summary>
internal static class DoctorTable
{
    private const int Width = 80, Label = 5, First = Label + 1 + Doctor.MaxName + 1;

    public static IEnumerable<string> Lines(IReadOnlyList<DoctorFinding> findings)
    {
        foreach (var (check, finding) in findings)
        {
            foreach (var line in Block($"{Word(finding.Severity),-Label} {check,-Doctor.MaxName} ", finding.Found)) yield return line;
            if (finding.Severity is HealthSeverity.Good) continue;
            if (finding.Why is { } why)
                foreach (var line in Block(Aside("why"), why)) yield return line;
            if (finding.Remedy is { } remedy) yield return $"{Aside("do")}{remedy}";
        }
        yield return Summary(findings);
    }

    private static string Aside(string word) => $"{"",Label} {word,Doctor.MaxName} ";

    public static string Summary(IReadOnlyList<DoctorFinding> findings)
    {
        int Count(HealthSeverity severity) => findings.Count(f => f.Finding.Severity == severity);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Count(HealthSeverity.Failure)} failures, {Count(HealthSeverity.Warning)} warnings, {Count(HealthSeverity.Good)} good, " +
            $"{Count(HealthSeverity.Skipped)} not looked at");
    }

    private static string Word(HealthSeverity severity) => severity switch
    {
        HealthSeverity.Good => "good",
        HealthSeverity.Skipped => "-",
        HealthSeverity.Warning => "warn",
        _ => "FAIL",
    };

    private static IEnumerable<string> Block(string head, string text)
    {
        var line = head;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > First && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = new string(' ', First) + word;
            }
            else line += line.Length == First ? word : $" {word}";
        }
        yield return line;
    }
}
