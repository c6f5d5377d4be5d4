using System.CommandLine;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary>What a parent process tells its child of the service's student (<see cref="ChildArguments"/>); not for people.</summary>
internal sealed class DeviceArguments
{
    private readonly Option<string?> _store = new(ChildArguments.Store) { Hidden = true };
    private readonly Option<string?> _providers = new(ChildArguments.Providers) { Hidden = true };
    private readonly Option<int> _rows = new(ChildArguments.Rows) { Hidden = true, DefaultValueFactory = _ => 1 };
    private readonly Option<int> _context = new(ChildArguments.Context) { Hidden = true };
    private readonly Option<int> _chunk = new(ChildArguments.Chunk) { Hidden = true, DefaultValueFactory = _ => 128 };

    public void AddTo(Command command)
    {
        OptionValues.Limit(_rows, $"1..{FormOptions.MaxRows}", n => n is >= 1 and <= FormOptions.MaxRows);
        OptionValues.Limit(_chunk, $"1..{FormOptions.MaxChunk}", n => n is >= 1 and <= FormOptions.MaxChunk);
        OptionValues.Limit(_context, "0 or more", n => n >= 0);
        foreach (var option in new Option[] { _store, _providers, _rows, _context, _chunk }) command.Options.Add(option);
    }

    public StudentOptions Options(ParseResult result, TimeProvider clock) => new()
    {
        Providers = result.GetValue(_providers) is { } names
            ? [.. names.Split(',').Select(n => Enum.Parse<ExecutionProvider>(n.Trim(), ignoreCase: true))]
            : ExecutionProviders.DefaultPreference,
        Decoder = new DecoderOptions
        {
            Rows = result.GetValue(_rows),
            Context = result.GetValue(_context),
            Chunk = result.GetValue(_chunk),
            Devices = result.GetValue(_store) is { } store ? PreparedStore.ForDevices(store, clock, NullLogger.Instance) : null,
        },
    };
}
