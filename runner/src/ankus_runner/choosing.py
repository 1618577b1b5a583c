"""What the settings of a command choose: the profile's limits, and the model."""

from ankus_runner.binding import Dialect
from ankus_runner.endpoints import Models, check_limits, read_models, read_price, single
from ankus_runner.errors import ConfigError
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_runner.models_cli import progress_bar
from ankus_runner.profile import Profile, load_profile
from ankus_runner.session import Endpoint
from ankus_runner.settings import ModelSettings, api_key


def chosen_profile(name: str, settings: ModelSettings) -> Profile:
    """A profile with the limits, and the version of the prompt, that the command line overrides.

    Raises:
        ConfigError: There is no such profile, or it and the settings exclude each other.
    """
    profile = load_profile(name)
    named = {"steps": settings.max_steps, "seconds": settings.max_seconds, "cost": settings.max_cost}
    changed = {key: value for key, value in named.items() if value is not None}
    limited = profile.model_copy(update={"limits": profile.limits.model_copy(update=changed)})
    return limited.with_prompt(settings.prompt_version)


def endpoint_of(settings: ModelSettings, profile: Profile) -> Endpoint:
    """The model of a profile; an embedded one that is not there yet is fetched.

    Raises:
        ConfigError: The settings, or the file of models, exclude each other or are wrong.
        ModelError: The embedded model is not to be had.
    """
    dialect: Dialect | None = None if settings.dialect == "auto" else settings.dialect
    if settings.models or profile.models:
        return Endpoint(models=_models(settings, profile))
    price = read_price(settings.price)
    if settings.base_url:
        # what is wrong is told before anything starts
        check_limits([single(settings.base_url, price=price)], profile.limits)
        place = (settings.base_url, settings.model, api_key(), None)
        return Endpoint(*place, dialect, settings.unguarded, price)
    check_limits([single("http://localhost", price=price)], profile.limits)
    with progress_bar() as progress:
        gguf = ensure(settings.model or DEFAULT_MODEL, progress)
    return Endpoint(gguf=gguf, dialect=dialect, unguarded=settings.unguarded, price=price)


def _models(settings: ModelSettings, profile: Profile) -> Models:
    """The models of --models, in the order that the profile or the file says."""
    if settings.models is None:
        raise ConfigError(
            f"The profile '{profile.name}' names models.", hint="Name their file with --models."
        )
    if settings.base_url:
        raise ConfigError("--models and --base-url exclude each other.", hint="Take one of them.")
    models = read_models(settings.models).chosen(profile.models, settings.model)
    check_limits(models.models, profile.limits)
    return models
