using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether prepared models are as they were written.</summary>
internal sealed class PreparedCheck(DoctorScene scene) : DoctorCheck("prepared")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        if (scene.Settings.StateDirectory.Length == 0) return [Skipped("no state directory")];
        var models = PreparedStore.Inspect(scene.Settings.PreparedPath);
        if (models.Count == 0) return [Good("none yet: the first start prepares the student")];
        var broken = models.Where(m => !m.IsSealed).Select(m => m.Folder).ToList();
        return broken.Count == 0 ? [Good($"{models.Count} sealed")]
            : [Warning($"the seal does not hold: {string.Join(", ", broken)}", $"sudo rm -r {string.Join(' ', broken)}",
                "the next start prepares the student again, which takes longer")];
    }
}

/// <summary>Whether the student fits into the memory that is free.</summary>
internal sealed class MemoryCheck(DoctorScene scene) : DoctorCheck("memory")
{
    private const double Mega = 1e6, LowMegabytes = 200;

    protected override IEnumerable<HealthFinding> Look()
    {
        var free = FreeMemory.Bytes();
        var megabytes = (free ?? 0) / Mega;
        if (scene.Agent is not null)
            return [megabytes < LowMegabytes
                ? Warning($"{megabytes:F0} MB are free beside the running agent", "stop other programs, or lower Student:CacheLimit",
                    "the kernel may end the agent")
                : Good($"{megabytes:F0} MB are free beside the running agent")];
        using var model = OpenModel.Open(ServedStudent.Directory(scene.Settings));
        if (model.Bundle is not { } bundle) return [Skipped("a foreign decoder says not what it needs")];
        var options = scene.Settings.Student.ToOptions().Decoder;
        var need = OnnxDecoder.Need(bundle, options);
        try
        {
            var context = CacheBudget.Context(need, options.CacheLimit, free);
            var needed = (need.Weights + need.Rows * need.TokenBytes * context) / Mega;
            var says = $"{need.Rows} rows of {context} tokens and the weights take {needed:F0} MB of {megabytes:F0} MB";
            return [context < need.Wanted ? Warning($"{says}; {need.Wanted} tokens would not fit", "lower Student:Rows, or free memory",
                "long questions are refused") : Good(says)];
        }
        catch (StudentMemoryException e)
        {
            return [Failure(e.Message, "lower Student:Rows or Student:Context, or use a smaller student", "the service does not start")];
        }
    }
}
