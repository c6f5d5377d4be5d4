using System.CommandLine;
using System.CommandLine.Parsing;

namespace EdgeAgent.Cli;

/// <summary>Runs a command line from its text to its exit code.</summary>
internal static class EntryPoint
{
    public static async Task<int> RunAsync(string[] arguments, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        try
        {
            // no response files: a question may begin with '@'
            var result = RootVerb.Create(clock).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (result.Errors.Count == 0)
                return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, cancellationToken)
                    .ConfigureAwait(false);
            foreach (var error in result.Errors) CommandErrors.Say(error.Message);
            CommandErrors.Say($"see '{Path(result.CommandResult)} --help'");
            return ExitCodes.Usage;
        }
        catch (Exception e) // the program's edge
        {
            return CommandErrors.Fail(e);
        }
    }

    /// <summary>The command as it is typed: with all its parents.</summary>
    private static string Path(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
            names.Push(command.Command is RootCommand ? "edge-agent" : command.Command.Name);
        return string.Join(' ', names);
    }
}
