using Microsoft.Extensions.Logging;

namespace EdgeAgent.Telemetry;

/// <summary>
/// The edge of a loop or timer: whatever a round throws, the next one comes. A failure is logged when it is another than the one before,
/// so that one that lasts does not fill the disk. For one caller at a time.
/// </summary>
internal sealed partial class LoopEdge(ILogger logger, string work)
{
    private string? _failing;

    /// <summary>What fails at present; null where all is well.</summary>
    public string? Failing => _failing;

    public void Run(Action round)
    {
        ArgumentNullException.ThrowIfNull(round);
        try
        {
            round();
            _failing = null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var failure = $"{e.GetType().Name}: {e.Message}";
            if (failure == _failing) return;
            _failing = failure;
            RoundFailed(logger, work, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "It failed to {Work}; it is tried again")]
    private static partial void RoundFailed(ILogger logger, string work, Exception e);
}
