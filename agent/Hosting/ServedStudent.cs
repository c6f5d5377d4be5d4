using EdgeAgent.Bundles.Slots;
using EdgeAgent.Evaluation;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting;

/// <summary>What the service loads a student with. Whoever prepares, builds or measures one for it must take the same.</summary>
internal static class ServedStudent
{
    /// <summary>The directory of the student that should serve.</summary>
    public static string Directory(AgentSettings settings)
    {
        if (!settings.Updates.Enabled || settings.StateDirectory.Length == 0) return settings.ModelDirectory;
        var slots = new SlotStore(settings.SlotsPath, isReadOnly: true);
        return slots.Serving is { } serving ? slots.PathOf(serving.Slot) : settings.ModelDirectory;
    }

    /// <param name="logger">Where refusals of the disk are told.</param>
    public static StudentOptions Options(AgentSettings settings, TimeProvider clock, ILogger logger)
    {
        var keeps = settings.StateDirectory.Length > 0;
        var options = settings.Student.ToOptions(keeps ? settings.PrefixesPath : null) with
        {
            Admit = settings.Bundles.RequireSignature ? new SignedStart(settings, clock).Admit : null,
        };
        return !keeps ? options : options with
        {
            Decoder = options.Decoder with
            {
                Prepared = settings.Student.Prepare ? new PreparedStore(settings.PreparedPath, clock, logger) : null,
                Devices = PreparedStore.ForDevices(settings.EnginesPath, clock, logger),
            }
        };
    }

    /// <summary>The probe of the quality gate, in a process of its own: on a GPU with what the service runs there.</summary>
    public static ChildBundleProbe Probe(StudentOptions options, TimeSpan timeout, TimeProvider clock) => new(timeout, clock,
        DecoderFactory.Default.UsesDevice(options.Providers, options.Require) ? ChildArguments.Of(options) : []);
}
