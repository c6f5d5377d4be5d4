using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using EdgeAgent.Cli;

namespace EdgeAgent.Tests.Docs;

/// <summary>
/// The command-line reference has a section for every verb, and each section names the options of its verb and no others.
/// </summary>
public sealed partial class CliReferenceTests
{
    private static readonly IReadOnlyList<(IReadOnlyList<string> Verbs, string Text)> Sections = ReadSections();
    private static readonly Dictionary<string, Command> Verbs = Leaves(RootVerb.Create(TimeProvider.System), "").ToDictionary();

    public static TheoryData<string> VerbNames => [.. Verbs.Keys];

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Reference_NamesTheVerbAndItsOptions(string verb)
    {
        var sections = Sections.Where(s => s.Verbs.Contains(verb)).ToList();
        Assert.True(sections.Count == 1, $"docs/reference/cli.md needs one section for `{verb}`, found {sections.Count}");
        var missing = Verbs[verb].Options.Where(o => o is { Hidden: false } and not HelpOption).Select(o => o.Name)
            .Where(o => !OptionName.Matches(sections[0].Text).Any(m => m.Value == o));
        Assert.Empty(missing);
    }

    [Fact]
    public void Reference_NamesNoVerbOrOptionThatIsGone()
    {
        foreach (var (verbs, text) in Sections)
        {
            Assert.All(verbs, v => Assert.True(Verbs.ContainsKey(v), $"docs/reference/cli.md: there is no verb `{v}`"));
            var known = verbs.SelectMany(v => Verbs[v].Options).SelectMany(o => o.Aliases.Append(o.Name)).ToHashSet();
            Assert.All(OptionName.Matches(text), m => Assert.True(known.Contains(m.Value), $"`{verbs[0]}` has no option {m.Value}"));
        }
    }

    private static IEnumerable<KeyValuePair<string, Command>> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [KeyValuePair.Create(path, command)] : command.Subcommands.SelectMany(c => Leaves(c, $"{path} {c.Name}".Trim()));

    /// <summary>Level-2 headings whose code spans are verbs, such as <c>`ask TEXT`</c>; arguments are in capitals.</summary>
    private static List<(IReadOnlyList<string>, string)> ReadSections()
    {
        var parts = SectionStart.Split(MarkdownPage.Load("docs/reference/cli.md").Prose).Skip(1);
        return [.. parts.Select(p => p.Split('\n', 2)).Select(p => (
            (IReadOnlyList<string>)[.. CodeSpan.Matches(p[0])
                .Select(m => string.Join(' ', m.Value.Trim('`').Split(' ').TakeWhile(IsVerb)))],
            p[1]))];
    }

    private static bool IsVerb(string word) => word.All(char.IsAsciiLetterLower);

    [GeneratedRegex("^## ", RegexOptions.Multiline)]
    private static partial Regex SectionStart { get; }

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex CodeSpan { get; }

    [GeneratedRegex("(?<![a-z-])--[a-z][a-z0-9-]*")]
    private static partial Regex OptionName { get; }
}
