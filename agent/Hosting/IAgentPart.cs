using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting;

/// <summary>A part of the running agent. Parts start in the order of their registration and stop in reverse.</summary>
internal interface IAgentPart
{
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops what it started; the service provider disposes of the rest.</summary>
    Task StopAsync() => Task.CompletedTask;
}

/// <param name="Part">Resolved when its turn comes, so that what it needs is created in start order.</param>
/// <param name="Status">Shown by <c>systemctl status</c> while it starts.</param>
internal sealed record PartRegistration(Type Part, string Status);

/// <summary>A service that the device may lack; DI has no null.</summary>
internal sealed record Optional<T>(T? Value) where T : class;

internal static class PartRegistrations
{
    public static IServiceCollection AddPart<T>(this IServiceCollection services, string status) where T : class, IAgentPart =>
        services.AddSingleton<T>().AddSingleton(new PartRegistration(typeof(T), status));
}
