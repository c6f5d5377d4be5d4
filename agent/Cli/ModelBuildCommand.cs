using System.CommandLine;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent model build DIR</c>: makes a bundle ready for the provider that will serve it, with the service's own settings. TensorRT's
/// engines are built in a process of its own (the same verb with <c>--variant</c>), which may take many minutes.
/// </summary>
internal static class ModelBuildCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var config = new Option<string?>("--config") { Description = "Configuration file." };
        var state = new Option<string?>("--state") { Description = "State directory, where the result is kept." };
        var variant = new Option<string?>(ChildArguments.Variant) { Hidden = true };
        var device = new DeviceArguments();
        var command = new Command("build",
            "Make a bundle ready for what will serve it: engines for TensorRT, weights for CUDA, a prepared model for the CPU.")
        {
            directory, config, state, variant,
        };
        device.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var path = result.GetRequiredValue(directory);
            if (result.GetValue(variant) is { } one)
            {
                BuildHere(path, one, device.Options(result, clock));
                return ExitCodes.Success;
            }
            var settings = AgentSettings.Load(result.GetValue(config),
                new Dictionary<string, string?> { ["StateDirectory"] = result.GetValue(state) });
            return await BuildAsync(path, settings, clock, cancellationToken).ConfigureAwait(false);
        }));
        return command;
    }

    private static async Task<int> BuildAsync(string directory, AgentSettings settings, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var options = ServedStudent.Options(settings, clock, NullLogger.Instance) with { PrefixDirectory = null };
        var build = await new ChildEngineBuilder(options, clock).BuildAsync(directory, Console.WriteLine, cancellationToken)
            .ConfigureAwait(false);
        using (var student = Student.Load(directory, options, clock, NullLogger.Instance))
            Console.WriteLine($"{student.Manifest.Name} {student.Manifest.Version} serves on {student.Provider}: {student.Rows} rows of " +
                $"{student.Context} tokens, kept in {settings.StateDirectory}");
        if (build.Failure is null) return ExitCodes.Success;
        CommandErrors.Say($"no engine could be built: {build.Failure}");
        return ExitCodes.Failure;
    }

    /// <summary>Builds one variant in this process; a refusal is the last line on the error stream.</summary>
    private static void BuildHere(string directory, string variant, StudentOptions options)
    {
        using var model = OpenModel.Open(directory);
        if (options.Decoder.Devices is null) throw new UsageException($"{ChildArguments.Variant} needs {ChildArguments.Store}");
        var (provider, form) = DecoderFactory.Default.Choose(model, options.Providers, options.Require);
        if (form is not IBuiltForm built) throw new UsageException($"there is nothing to build: {provider}");
        if (!built.Variants.Contains(variant))
            throw new UsageException($"{ChildArguments.Variant} expects {string.Join(", ", built.Variants)}; found '{variant}'");
        built.Build(model, options.Decoder, variant, Console.WriteLine);
    }
}
