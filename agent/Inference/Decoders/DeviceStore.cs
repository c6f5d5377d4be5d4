using EdgeAgent.Inference.Decoders.Prepared;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// The store a GPU's files are in: the one of the options, or a temporary one, which goes when the sessions have been made from it.
/// </summary>
internal sealed class DeviceStore : IDisposable
{
    private readonly string? _temporary;

    public DeviceStore(DecoderOptions options)
    {
        if (options.Devices is { } given)
        {
            Store = given;
            return;
        }
        _temporary = Directory.CreateTempSubdirectory("edge-agent-device-").FullName;
        Store = new PreparedStore(_temporary, TimeProvider.System, NullLogger.Instance);
    }

    public PreparedStore Store { get; }

    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }
}
