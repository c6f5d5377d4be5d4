using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeAgent.Tests.House;

/// <summary>Sizes that keep a file readable in one sitting (CONTRIBUTING.md).</summary>
public sealed class SizeTests
{
    private const int MaxFileLines = 350, MaxMethodLines = 60, MaxParameters = 7, MaxLineLength = 140, MaxFilesUsed = 20;

    /// <summary>Sources of agent/ and the tests: lines that fit a screen.</summary>
    [Fact]
    public void Lines_FitAScreen()
    {
        var wrong = new List<string>();
        foreach (var folder in new[] { "agent", "tests", "provisioning" })
            foreach (var file in Directory.GetFiles(Path.Combine(SharedData.Repository, folder), "*.cs", SearchOption.AllDirectories))
            {
                if (file.Contains("/obj/", StringComparison.Ordinal) || file.Contains("/bin/", StringComparison.Ordinal)) continue;
                var number = 0;
                foreach (var line in File.ReadLines(file))
                    if (++number > 0 && line.Length > MaxLineLength) wrong.Add($"{file}:{number}: {line.Length}, allowed {MaxLineLength}");
            }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Files_AreShort() => AssertNone(AgentSources.All
        .Where(s => s.Text.Count(c => c == '\n') > MaxFileLines)
        .Select(s => $"{s.Path}: {s.Text.Count(c => c == '\n')} lines, allowed {MaxFileLines}"));

    [Fact]
    public void Methods_AreShort() => AssertNone(
        from source in AgentSources.All
        from method in source.Tree.DescendantNodes().Where(n => n is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax)
        let lines = Lines(method)
        where lines > MaxMethodLines
        select $"{source.Path}: a method of {lines} lines, allowed {MaxMethodLines}: {method.ToString().Split('\n')[0]}");

    [Fact]
    public void Constructors_TakeFewThings() => AssertNone(
        from source in AgentSources.All
        from node in source.Tree.DescendantNodes()
        let parameters = node switch
        {
            ConstructorDeclarationSyntax constructor => constructor.ParameterList.Parameters.Count,
            TypeDeclarationSyntax type and not RecordDeclarationSyntax => type.ParameterList?.Parameters.Count ?? 0,
            _ => 0,
        }
        where parameters > MaxParameters
        select $"{source.Path}: a constructor with {parameters} parameters, allowed {MaxParameters}");

    /// <summary>Files whose types a file names; types that two files declare are left out.</summary>
    [Fact]
    public void Files_UseFewOthers()
    {
        var owners = AgentSources.All
            .SelectMany(s => s.Tree.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
                .Where(t => t.Parent is not TypeDeclarationSyntax).Select(t => (t.Identifier.Text, s.Path)))
            .GroupBy(t => t.Text).Where(g => g.Select(t => t.Path).Distinct().Count() == 1)
            .ToDictionary(g => g.Key, g => g.First().Path);
        AssertNone(
            from source in AgentSources.All
            let used = source.Tree.DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.Text).Distinct()
                .Where(owners.ContainsKey).Select(t => owners[t]).Where(p => p != source.Path).Distinct().Count()
            where used > MaxFilesUsed
            select $"{source.Path}: uses {used} other files, allowed {MaxFilesUsed}");
    }

    private static int Lines(SyntaxNode node)
    {
        var span = node.SyntaxTree.GetLineSpan(node.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static void AssertNone(IEnumerable<string> wrong)
    {
        var all = wrong.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
