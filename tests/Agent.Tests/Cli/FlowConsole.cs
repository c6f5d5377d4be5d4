using System.Text;

namespace EdgeAgent.Tests.Cli;

/// <summary>
/// Gives each asynchronous flow a console of its own, so that verbs run in this process beside other tests. Whatever runs in no such
/// flow has the console that was there before.
/// </summary>
internal sealed class FlowConsole : IDisposable
{
    private static readonly AsyncLocal<FlowConsole?> Current = new();
    private static readonly Lock Installing = new();
    private static bool _isInstalled;
    private readonly StringBuilder _output = new(), _error = new();
    private StringReader _input = new("");
    private Action<string>? _heard;

    /// <summary>Runs an action with a console of its own.</summary>
    /// <param name="heard">Takes each text that is written to the output, as it is written.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string input, Func<Task<int>> action,
        Action<string>? heard = null)
    {
        Install();
        using var console = new FlowConsole { _input = new StringReader(input), _heard = heard };
        Current.Value = console;
        try
        {
            var code = await Task.Run(action);
            return (code, console.Text(console._output), console.Text(console._error));
        }
        finally
        {
            Current.Value = null;
        }
    }

    private string Text(StringBuilder written)
    {
        lock (_output) return written.ToString();
    }

    public void Dispose() => _input.Dispose();

    private static void Install()
    {
        lock (Installing)
        {
            if (_isInstalled) return;
            _isInstalled = true;
            Console.SetOut(new Router(Console.Out, c => c._output));
            Console.SetError(new Router(Console.Error, c => c._error));
            Console.SetIn(new Source(Console.In));
        }
    }

    private sealed class Router(TextWriter other, Func<FlowConsole, StringBuilder> own) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value)
        {
            if (Current.Value is not { } console) other.Write(value);
            else lock (console._output) own(console).Append(value);
            if (value is not null && Current.Value is { _heard: { } heard } mine && own(mine) == mine._output) heard(value);
        }

        public override void WriteLine(string? value) => Write(value + '\n');
    }

    private sealed class Source(TextReader other) : TextReader
    {
        private TextReader Own => Current.Value?._input ?? other;

        public override int Peek() => Own.Peek();

        public override int Read() => Own.Read();

        public override string? ReadLine() => Own.ReadLine();

        public override string ReadToEnd() => Own.ReadToEnd();
    }
}
