using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EdgeAgent.Tests.House;

/// <summary>A source of agent/.</summary>
/// <param name="Path">Below the repository.</param>
/// <param name="Folder">Below agent/, "." for its root.</param>
/// <param name="Code">The text with comments and the content of string literals blanked.</param>
internal sealed record AgentSource(string Path, string Folder, string Text, SyntaxNode Tree, string Code);

/// <summary>The agent's sources, read once.</summary>
internal static class AgentSources
{
    public static readonly IReadOnlyList<AgentSource> All = Read();

    private static List<AgentSource> Read()
    {
        var root = Path.Combine(SharedData.Repository, "agent");
        var sources = new List<AgentSource>();
        foreach (var file in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(root, file);
            if (relative.Split('/').Any(p => p is "obj" or "bin")) continue;
            var text = File.ReadAllText(file);
            var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(preprocessorSymbols: ["IOT_BINDINGS"])).GetRoot();
            sources.Add(new AgentSource(Path.GetRelativePath(SharedData.Repository, file),
                Path.GetDirectoryName(relative) is { Length: > 0 } f ? f : ".",
                text, tree, CodeOf(tree, text)));
        }
        return sources;
    }

    private static string CodeOf(SyntaxNode tree, string text)
    {
        var code = text.ToCharArray();
        void Blank(Microsoft.CodeAnalysis.Text.TextSpan span)
        {
            for (var i = span.Start; i < span.End; i++)
                if (code[i] != '\n') code[i] = ' ';
        }
        foreach (var trivia in tree.DescendantTrivia(descendIntoTrivia: false).Where(IsComment)) Blank(trivia.FullSpan);
        foreach (var token in tree.DescendantTokens().Where(IsText)) Blank(token.Span);
        return new string(code);
    }

    private static bool IsComment(SyntaxTrivia trivia) => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia
        or SyntaxKind.MultiLineCommentTrivia or SyntaxKind.SingleLineDocumentationCommentTrivia
        or SyntaxKind.MultiLineDocumentationCommentTrivia;

    private static bool IsText(SyntaxToken token) => token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken
        or SyntaxKind.Utf8StringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
        or SyntaxKind.Utf8SingleLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken;
}
