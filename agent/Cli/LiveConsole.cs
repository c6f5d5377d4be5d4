using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary>A console for one live display. Spectre.Console allows one for each, whatever else the process shows.</summary>
internal static class LiveConsole
{
    public static IAnsiConsole Create() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
}
